"""Tables that come in and go out: CSV and XLSX of rooms, people, devices and conferences."""
