"""What Hamrah remembers: functions take an open transaction and return frozen records."""
