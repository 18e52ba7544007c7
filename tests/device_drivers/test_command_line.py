"""`python -m device_drivers`: the drivers used alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import device_drivers
from device_drivers.readings import Grade
from device_drivers.registry import FAMILIES
from device_drivers.simulators.server import SimulatedDevice

ROOT = Path(device_drivers.__file__).parents[1]


def run(*words: str, password: str | None = None, told: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program; without a password the variable is not set at all, and there is no terminal to ask at."""
    environment = {name: value for name, value in os.environ.items() if name != "DEVICE_PASSWORD"}
    if password is not None:
        environment["DEVICE_PASSWORD"] = password
    return subprocess.run([sys.executable, "-m", "device_drivers", *words], cwd=ROOT, env=environment, capture_output=True, text=True,
                          input=told or "", timeout=60)


def at(simulator: SimulatedDevice) -> str:
    return f"{simulator.host}:{simulator.port}"


def test_without_words_it_lists_the_families_and_what_each_can_do():
    shown = run()

    assert shown.returncode == 0
    assert [line.split(" ")[0] for line in shown.stdout.splitlines()] == sorted(FAMILIES)
    for line, (_, driver) in zip(shown.stdout.splitlines(), sorted(FAMILIES.items()), strict=True):
        assert all(word in line for word in driver.supports)


def test_the_list_says_of_every_family_what_it_proves_and_what_it_cannot():
    lines = dict(zip(sorted(FAMILIES), run().stdout.splitlines(), strict=True))

    for family, driver in FAMILIES.items():
        assert isinstance(driver.best_proof, Grade), family
        assert driver.cannot in lines[family] and driver.cannot.endswith("."), family
        assert f"(grade {driver.best_proof})" in lines[family] or "proves no encryption" in lines[family], family
    assert "grade A" in lines["cisco_roomos"] and "grade B" in lines["cisco_tc"]
    assert "proves no encryption" in lines["poly"] and "proves no encryption" in lines["simulated_bridge"]


def test_many_addresses_are_probed_from_words_and_input_without_an_account(office, sign_ins):
    codec, gone = office.codec("hall"), office.codec("gone")
    gone.stop()

    shown = run("probe", at(codec), "-", "--at-once", "2", "--wait", "5", told=f"# the others\n{at(gone)}\n\n{at(codec)}\n")

    assert shown.returncode == 1, "one could not be read"
    assert [line.split("\t")[:2] for line in shown.stdout.splitlines()] == [
        [at(codec), "modern"], [at(gone), "unknown"], [at(codec), "modern"]]
    assert shown.stderr == ""
    assert sign_ins == []


def test_probing_devices_that_can_all_be_read_succeeds(office):
    shown = run("probe", at(office.codec()))

    assert shown.returncode == 0
    assert shown.stdout.split("\t")[2] == "SSH-2.0-simulated"


@pytest.mark.parametrize("words", [["probe"], ["probe", "x", "--at-once", "0"], ["probe", "x", "--at-once", "1000"], ["probe", "x", "--wait", "0"],
                                   ["probe", "x", "--wait", "nan"]])
def test_a_probe_it_cannot_make_is_a_usage_error(words):
    shown = run(*words)

    assert shown.returncode == 2
    assert "usage:" in shown.stderr


@pytest.mark.parametrize("address", ["127.0.0.1:ssh", "127.0.0.1:0", ":22"])
def test_an_address_that_is_none_is_a_usage_error(address):
    shown = run("cisco_roomos", "hostkey", address)

    assert shown.returncode == 2
    assert "is not HOST" in shown.stderr


def test_a_host_key_is_shown_without_an_account(office, sign_ins):
    simulator = office.codec()

    shown = run("cisco_roomos", "hostkey", at(simulator))

    assert shown.returncode == 0
    assert json.loads(shown.stdout) == {"algorithm": "ssh-ed25519", "fingerprint": simulator.fingerprint}
    assert sign_ins == []


def test_a_status_without_an_approved_key_shows_the_fingerprint_and_fails(office, sign_ins):
    simulator = office.codec()

    shown = run("cisco_roomos", "status", at(simulator))

    assert shown.returncode == 1
    assert f"--pin {simulator.fingerprint}" in shown.stderr
    assert shown.stdout == ""
    assert sign_ins == []


def test_a_status_with_the_approved_key_is_shown(office, eventually):
    simulator = office.codec()

    shown = run("cisco_roomos", "status", at(simulator), "--user", "roomctl", "--pin", simulator.fingerprint, password=simulator.password)

    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["registration"] == "Registered"
    eventually(lambda: simulator.open_sessions == 0)


def test_calls_are_shown(office):
    office.codec("room")
    simulator = office.codec("hall")
    simulator.dial_from_remote_control("room@vc.example")

    shown = run("cisco_roomos", "calls", at(simulator), "--user", "roomctl", "--pin", simulator.fingerprint, password=simulator.password)

    assert json.loads(shown.stdout)["remote"] == "room@vc.example"


def test_a_bridge_says_who_it_is(office):
    simulator = office.bridge()

    shown = run("simulated_bridge", "status", at(simulator), "--user", "roomctl", "--pin", simulator.fingerprint,
                password=simulator.password)

    assert json.loads(shown.stdout)["simulated"] is True


@pytest.mark.parametrize(("password", "pin", "kind"), [("wrong", None, "login_refused"), ("any", "SHA256:other", "host_key_changed")])
def test_a_refusal_is_told_by_its_kind_and_fails(office, password, pin, kind):
    simulator = office.codec()

    shown = run("cisco_roomos", "status", at(simulator), "--user", "roomctl", "--pin", pin or simulator.fingerprint, password=password)

    assert shown.returncode == 1
    assert shown.stderr.startswith(f"{kind}: ")
    assert "Traceback" not in shown.stderr


def test_a_device_that_is_not_there_is_unreachable(office):
    simulator = office.codec()
    simulator.stop()

    shown = run("cisco_roomos", "hostkey", at(simulator))

    assert (shown.returncode, shown.stderr.split(":")[0]) == (1, "unreachable")


@pytest.mark.parametrize("words", [["abacus"], ["cisco_roomos"], ["cisco_roomos", "status"], ["cisco_roomos", "sing", "127.0.0.1"]])
def test_words_it_does_not_know_are_a_usage_error(words):
    shown = run(*words)

    assert shown.returncode == 2
    assert "usage:" in shown.stderr


def test_a_password_is_never_an_argument():
    assert "--password" not in run("--help").stdout


def test_the_drivers_work_where_roomctl_is_not_installed(office):
    simulator = office.codec()
    without = "import sys; sys.modules['roomctl'] = None; from device_drivers.__main__ import main; sys.exit(main(sys.argv[1:]))"

    shown = subprocess.run([sys.executable, "-c", without, "cisco_roomos", "hostkey", at(simulator)], cwd=ROOT, capture_output=True,
                           text=True, timeout=30)

    assert shown.returncode == 0, shown.stderr
    assert simulator.fingerprint in shown.stdout
