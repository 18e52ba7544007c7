"""Cisco TC codecs (C, EX, SX and MX series on TC 5 to 7): xAPI in terminal mode over SSH."""
