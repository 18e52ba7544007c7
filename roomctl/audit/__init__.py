"""The audit trail: chained, signed, and checkable by somebody who does not trust the server."""
