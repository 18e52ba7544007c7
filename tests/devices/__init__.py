"""Tests of devices as roomctl keeps and watches them."""
