"""SNMP answers and what they mean, on recordings composed for these tests."""
