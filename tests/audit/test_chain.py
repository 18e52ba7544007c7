"""The hashes are those the design writes down, worked out here by hand."""

import hashlib

import pytest

from roomctl.audit import chain, verify


def test_canonical_json_sorts_keys_and_writes_vietnamese_as_it_is():
    assert chain.canonical({"b": 1, "a": "Đắk Lắk"}) == '{"a":"Đắk Lắk","b":1}'.encode()


def test_a_leaf_is_the_hash_of_a_zero_byte_and_the_header():
    assert chain.leaf_of(b"header") == hashlib.sha256(b"\x00header").hexdigest()


def test_a_head_is_the_hash_of_the_domain_the_head_before_and_the_leaf():
    head, leaf = "11" * 32, "22" * 32

    assert chain.next_head(head, leaf) == hashlib.sha256(b"roomctl-trail-v1" + b"\x11" * 32 + b"\x22" * 32).hexdigest()


def test_a_payload_digest_is_salted():
    assert chain.payload_digest("0a0b", b"{}") == hashlib.sha256(b"\x0a\x0b{}").hexdigest()


def test_two_epochs_begin_with_different_heads():
    assert chain.first_head("one") != chain.first_head("two")


@pytest.mark.parametrize("swapped", [("aa" * 32, "bb" * 32), ("bb" * 32, "aa" * 32)])
def test_order_matters_to_the_head(swapped):
    first, second = swapped
    start = chain.first_head("epoch")

    assert chain.next_head(chain.next_head(start, first), second) != chain.next_head(chain.next_head(start, second), first)


def test_the_verifier_repeats_the_same_rule():
    assert verify.DOMAIN == chain.DOMAIN
