"""Signing in and out: refusals that tell nothing, tries that are counted, tokens that die at once."""

from datetime import timedelta

import pytest
from builders import PASSWORD, a_person, a_unit, fresh
from sqlalchemy import select

from roomctl.audit.tables import TrailEntry
from roomctl.database import db
from roomctl.errors import InvalidInput, Refused, Throttled
from roomctl.organisation import directory, signin
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import SignIn

ADDRESS = "10.0.0.7"


@pytest.fixture(autouse=True)
def quick_hashing():
    """Hash as the product does: here it is what the tests are about."""


@pytest.fixture
def person(app, set_clock):
    return a_person(a_unit(), Role.STAFF)


def enter(person, password: str = PASSWORD, *, address: str = ADDRESS) -> str:
    return signin.sign_in(person.username, password, address=address)


def fail(username: str, times: int, *, address: str = ADDRESS) -> None:
    for _ in range(times):
        with pytest.raises(Refused, match="wrong_credentials"):
            signin.sign_in(username, "sai", address=address)


def test_the_right_password_gives_a_token_that_leads_to_the_person(person):
    assert signin.user_of_token(enter(person)).id == person.id


def test_a_name_may_be_typed_in_capitals_and_with_blanks(person):
    assert signin.sign_in(f" {person.username.upper()} ", PASSWORD, address=ADDRESS)


def test_every_sign_in_has_a_token_of_its_own_and_only_its_hash_is_kept(person, app):
    first, second = enter(person), enter(person)

    assert first != second
    assert {first, second}.isdisjoint(db.session.scalars(select(SignIn.token_hash)))


def test_wrong_password_unknown_name_and_closed_account_are_refused_alike(person):
    closed = a_person(person.unit)
    signin.close_account(closed.id, by=None)

    tries = [(person.username, "sai"), (person.username, ""), ("khong-co", PASSWORD), (closed.username, PASSWORD), ("", "")]
    refusals = []
    for username, password in tries:
        with pytest.raises(Refused) as refused:
            signin.sign_in(username, password, address=ADDRESS)
        refusals.append((type(refused.value), refused.value.reason, refused.value.facts))

    assert set(map(repr, refusals)) == {repr((Refused, "wrong_credentials", {}))}


def test_a_name_with_a_nul_is_refused_like_any_unknown_one(app_on):
    fail("an\x00", 1)


def test_a_refusal_is_in_the_trail_without_what_was_typed(person):
    fail("ten-bi-mat", 1)

    entry = db.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(1)).one()
    assert (entry.kind, entry.subject, entry.outcome) == ("sign_in_refused", "user:unknown", "refused")
    assert b"ten-bi-mat" not in entry.header


def test_after_five_wrong_tries_even_the_right_password_must_wait(person):
    fail(person.username, 5)

    with pytest.raises(Throttled):
        enter(person)


def test_the_fifth_try_still_counts(person):
    fail(person.username, 4)

    assert enter(person)


def test_unknown_names_are_throttled_like_known_ones(person):
    fail("khong-co", 5)

    with pytest.raises(Throttled):
        signin.sign_in("khong-co", "sai", address=ADDRESS)


def test_tries_for_one_name_count_from_any_address(person):
    for number in range(5):
        fail(person.username, 1, address=f"10.0.0.{number}")

    with pytest.raises(Throttled):
        enter(person, address="10.9.9.9")


def test_others_at_the_same_address_are_not_held_up(person):
    fail(person.username, 5)

    assert enter(a_person(person.unit))


def test_the_next_try_counts_after_fifteen_minutes_and_the_throttle_closes_again(person, set_clock):
    fail(person.username, 5)
    with pytest.raises(Throttled) as throttled:
        enter(person)
    assert throttled.value.until == set_clock.at + timedelta(minutes=15)

    set_clock.at = throttled.value.until
    fail(person.username, 5)

    with pytest.raises(Throttled):
        enter(person)
    set_clock.forward(minutes=15)
    assert enter(person)


def test_a_minute_before_it_is_still_closed(person, set_clock):
    fail(person.username, 5)
    set_clock.forward(minutes=14)

    with pytest.raises(Throttled):
        enter(person)


KILLS = {
    "sign-out": lambda person, token: signin.sign_out(token),
    "a role taken back": lambda person, token: directory.revoke_role(person.grants[0].id, by=None),
    "the account closed": lambda person, token: signin.close_account(person.id, by=None),
    "the password changed": lambda person, token: signin.change_password(person.id, "Mật khẩu mới 2", by=None),
}


@pytest.mark.parametrize("how", KILLS)
def test_a_copied_token_dies_at_once_with(person, how):
    copied = enter(person)

    KILLS[how](person, copied)

    assert signin.user_of_token(copied) is None


def test_signing_out_leaves_the_other_browser_signed_in(person):
    here, there = enter(person), enter(person)

    signin.sign_out(here)

    assert signin.user_of_token(there).id == person.id


def test_after_a_change_only_the_new_password_works(person):
    signin.change_password(person.id, "Mật khẩu mới 2", by=None)

    fail(person.username, 1)
    with pytest.raises(Refused, match="wrong_credentials"):
        enter(person)
    assert enter(person, "Mật khẩu mới 2")


def test_a_token_expires_after_twelve_hours(person, set_clock):
    token = enter(person)
    set_clock.forward(hours=11, minutes=59)
    assert signin.user_of_token(token) is not None

    set_clock.forward(minutes=1)

    assert signin.user_of_token(token) is None


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "\x00", "ữ"])
def test_an_invented_token_leads_to_nobody(person, token):
    assert signin.user_of_token(token) is None


def test_the_stored_hash_is_no_token(person):
    enter(person)

    assert signin.user_of_token(db.session.scalar(select(SignIn.token_hash))) is None


def test_signing_out_twice_or_with_nonsense_is_no_error(person):
    token = enter(person)

    for one in (token, token, "x"):
        signin.sign_out(one)

    assert fresh(person).active


def test_passwords_are_stored_as_argon2id(person):
    assert person.password_hash.startswith("$argon2id$")


# Choosing one's own password


def choose(person, *, old: str = PASSWORD, new: str = "Con sông quê tôi", again: str = "") -> str:
    return signin.choose_password(person, old=old, new=new, again=again or new, address=ADDRESS)


def test_a_chosen_password_is_the_only_one_that_works_from_then_on(person):
    there = enter(person)

    here = choose(person)

    assert (signin.user_of_token(there), signin.user_of_token(here).id) == (None, person.id)
    assert enter(fresh(person), "Con sông quê tôi")
    fail(person.username, 1)


def test_whoever_had_to_choose_a_password_has_to_no_longer(person):
    signin.change_password(person.id, "dùng-một-lần", by=None, must_change=True)

    choose(fresh(person), old="dùng-một-lần")

    assert not fresh(person).must_change_password


@pytest.mark.parametrize(("typed", "problem"), [
    ({"old": "sai"}, ("old", "wrong_old_password")), ({"new": "chín ký t"}, ("new", "password_too_short")),
    ({"new": "x" * 201}, ("new", "password_too_long")), ({"new": PASSWORD}, ("new", "password_unchanged")),
    ({"again": "Con sông quê ta"}, ("again", "passwords_differ"))])
def test_a_password_that_will_not_do_is_refused_with_its_reason_and_nothing_changes(person, typed, problem):
    token = enter(person)

    with pytest.raises(InvalidInput) as refused:
        choose(person, **typed)

    assert [(one.field, one.reason) for one in refused.value.problems] == [problem]
    assert signin.user_of_token(token) is not None and enter(person)


def test_the_longest_password_that_may_be_chosen_is_one_that_can_be_entered(person):
    choose(person, new="ữ" * 200)

    assert enter(fresh(person), "ữ" * 200)


def test_guessing_the_old_password_at_an_open_browser_is_throttled(person):
    for _ in range(5):
        with pytest.raises(InvalidInput):
            choose(person, old="sai")

    with pytest.raises(Throttled):
        choose(person)


def test_other_mistakes_are_no_guesses(person):
    for _ in range(6):
        with pytest.raises(InvalidInput):
            choose(person, new="ngắn")

    assert choose(person)
