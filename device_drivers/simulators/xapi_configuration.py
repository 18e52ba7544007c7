"""The configuration of a simulated codec: settings by their path, some of them secret."""

from typing import Any

from device_drivers.simulators.xapi_layout import NO_MATCH, error, v

SECRET = "bí mật số 1"
LEGAL = {("Conference", "Encryption", "Mode"): {"On", "Off", "BestEffort"}}


def settings(encryption: str) -> dict[tuple[str, ...], str]:
    """Return a codec's settings.  The ones that hold SECRET are there to be left out of a backup; their names are made up."""
    return {
        ("Audio", "DefaultVolume"): "50",
        ("Conference", "Encryption", "Mode"): encryption,
        ("H323", "Encryption", "AES256Support"): "On",
        ("H323", "Encryption", "KeySize"): "Min1024bit",
        ("H323", "Authentication", "Password"): SECRET,
        ("Network", "1", "IEEE8021X", "Password"): SECRET,
        ("Network", "2", "IPv4", "Address"): "10.0.0.21",
        ("Network", "10", "IPv4", "Address"): "10.0.0.22",
        ("NetworkServices", "SNMP", "CommunityName"): SECRET,
        ("NetworkServices", "SSH", "Mode"): "On",
        ("NetworkServices", "Wifi", "PSK"): SECRET,
        ("Provisioning", "ExternalManager", "Address"): f"https://roomctl:{SECRET.replace(' ', '-')}@tms.vc.example/",
        ("Security", "Session", "MaxTotalSessions"): "30",
        ("SIP", "DefaultTransport"): "Tls",
        ("SIP", "TlsVerify"): "On",
        ("SIP", "Authentication", "Passphrase"): SECRET,
        ("SystemUnit", "Name"): "Hội trường Ủy ban",
        ("UserInterface", "SettingsMenu", "Pin"): SECRET,
    }


def answer(kept: dict[tuple[str, ...], str], asked: str, *, changes: bool = True, wrapped: bool = False) -> dict[str, Any]:
    """Return the reply to `xConfiguration <asked>`: a setting, all below a path, or what came of changing one."""
    named, colon, value = asked.partition(": ")
    path = tuple(named.split())
    below = {one: kept[one] for one in kept if _folded(one[:len(path)]) == _folded(path)}
    if not below or (colon and len(below) != 1):
        return error("Configuration", NO_MATCH, named.replace(" ", "/"), wrapped=wrapped)
    if not colon:
        return {"Configuration": _tree(below)}
    (one,) = below
    if value not in LEGAL.get(one, {value}):
        whole = _tree({one: value})
        _leaf_of(whole, one)["error"], _leaf_of(whole, one)["Value"] = "True", "Illegal value"
        return {"Configuration": whole}
    if changes:
        kept[one] = value
    return {}


def _folded(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lower() for name in path)


def _tree(found: dict[tuple[str, ...], str]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for path, value in found.items():
        place: Any = whole
        for name, following in zip(path, (*path[1:], ""), strict=True):
            if isinstance(place, list):
                item = next((one for one in place if one["id"] == name), None)
                if item is None:
                    place.append(item := {"id": name})
                place = item
            else:
                place = place.setdefault(name, [] if following.isdecimal() else {})
        place.update(v(value))
    return whole


def _leaf_of(whole: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for name in path:
        whole = whole[name]
    return whole
