"""Sessions over the API: never better than what was read."""

def test_who_sees_the_conference_reads_its_session(equipped, program, start):
    session_id = start()

    read = program(equipped.chair)("GET", f"/sessions/{session_id}").json

    assert (read["state"], read["secure_now"], read["verdict"]) == ("preparing", False, "not_proven")
    assert {leg["shown"] for leg in read["legs"]} == {"waiting"}

def test_the_officer_reads_every_session_and_a_stranger_none(equipped, program, start):
    session_id = start()

    assert program(equipped.officer)("GET", f"/sessions/{session_id}").status_code == 200
    assert program(equipped.stranger)("GET", f"/sessions/{session_id}").status_code == 404
    assert program(equipped.administrator)("GET", "/sessions/999").status_code == 404
