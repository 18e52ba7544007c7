"""The first tables of every subject."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "failed_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_tries")),
    )
    op.create_index("ix_failed_tries_subject_at", "failed_tries", ["subject", "at"], unique=False)
    op.create_table(
        "trail_checkpoints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_checkpoints")),
        sa.UniqueConstraint("epoch", "size", name=op.f("uq_trail_checkpoints_epoch_size")),
    )
    op.create_table(
        "trail_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_entries")),
        sa.UniqueConstraint("epoch", "prev", name=op.f("uq_trail_entries_epoch_prev")),
        sa.UniqueConstraint("epoch", "seq", name=op.f("uq_trail_entries_epoch_seq")),
    )
    op.create_index("ix_trail_entries_subject", "trail_entries", ["subject"], unique=False)
    op.create_table(
        "trail_epochs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_epochs")),
        sa.UniqueConstraint("epoch", name=op.f("uq_trail_epochs_epoch")),
    )
    op.create_table(
        "trail_payloads",
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", "seq", name=op.f("pk_trail_payloads")),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("order_key", sa.String(length=420), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    op.create_index(op.f("ix_units_parent_id"), "units", ["parent_id"], unique=False)
    op.create_index(op.f("ix_units_path"), "units", ["path"], unique=False)
    op.create_table(
        "worker_leases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_leases")),
    )
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded_name", sa.String(length=420), nullable=False),
        sa.Column("order_key", sa.String(length=420), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("setup_s", sa.Integer(), nullable=False),
        sa.Column("teardown_s", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("support_phone", sa.String(length=40), nullable=False),
        sa.Column("open_to", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("setup_s BETWEEN 0 AND 21600 AND teardown_s BETWEEN 0 AND 21600", name=op.f("ck_rooms_buffers")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_rooms_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("code", name=op.f("uq_rooms_code")),
    )
    op.create_index(op.f("ix_rooms_unit_id"), "rooms", ["unit_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_users_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("dial_address", sa.String(length=200), nullable=False),
        sa.Column("spare", sa.Boolean(), nullable=False),
        sa.Column("pinned_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("pool", sa.JSON(), nullable=False),
        sa.Column("ports", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("fault", sa.String(length=32), nullable=False),
        sa.Column("fault_detail", sa.String(length=500), nullable=False),
        sa.Column("probed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("firmware", sa.String(length=120), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_devices_room_id_rooms")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_devices_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("host", "port", name=op.f("uq_devices_host_port")),
    )
    op.create_index(op.f("ix_devices_room_id"), "devices", ["room_id"], unique=False)
    op.create_index(op.f("ix_devices_unit_id"), "devices", ["unit_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_idempotency_keys_user_id_key")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=True),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_user_id"), "notices", ["user_id"], unique=False)
    op.create_table(
        "panel_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_panel_codes_made_by_users")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_panel_codes_room_id_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_panel_codes_code_hash")),
    )
    op.create_table(
        "panels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_panels_room_id_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panels")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_panels_token_hash")),
    )
    op.create_index(op.f("ix_panels_room_id"), "panels", ["room_id"], unique=False)
    op.create_table(
        "role_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["granted_by"], ["users.id"], name=op.f("fk_role_grants_granted_by_users")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_role_grants_unit_id_units")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_role_grants_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
    )
    op.create_index(op.f("ix_role_grants_user_id"), "role_grants", ["user_id"], unique=False)
    op.create_table(
        "security_profiles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name_vi", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("classification", sa.String(length=16), nullable=False),
        sa.Column("min_grade", sa.String(length=1), nullable=False),
        sa.Column("suites", sa.JSON(), nullable=False),
        sa.Column("check_interval_s", sa.Integer(), nullable=False),
        sa.Column("on_drift", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_security_profiles_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_profiles")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_security_profiles_key_version")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "conferences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("code_name", sa.String(length=40), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("classification", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("organizer_id", sa.Integer(), nullable=False),
        sa.Column("chair_id", sa.Integer(), nullable=False),
        sa.Column("host_room_id", sa.Integer(), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=200), nullable=False),
        sa.Column("attendees", sa.String(length=4000), nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["cancelled_by"], ["users.id"], name=op.f("fk_conferences_cancelled_by_users")),
        sa.ForeignKeyConstraint(["chair_id"], ["users.id"], name=op.f("fk_conferences_chair_id_users")),
        sa.ForeignKeyConstraint(["host_room_id"], ["rooms.id"], name=op.f("fk_conferences_host_room_id_rooms")),
        sa.ForeignKeyConstraint(["organizer_id"], ["users.id"], name=op.f("fk_conferences_organizer_id_users")),
        sa.ForeignKeyConstraint(["profile_id"], ["security_profiles.id"], name=op.f("fk_conferences_profile_id_security_profiles")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_conferences_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conferences")),
        sa.UniqueConstraint("uid", name=op.f("uq_conferences_uid")),
    )
    op.create_index(op.f("ix_conferences_chair_id"), "conferences", ["chair_id"], unique=False)
    op.create_index(op.f("ix_conferences_organizer_id"), "conferences", ["organizer_id"], unique=False)
    op.create_index(op.f("ix_conferences_unit_id"), "conferences", ["unit_id"], unique=False)
    op.create_table(
        "device_credentials",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_credentials_device_id_devices")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_credentials")),
    )
    op.create_table(
        "host_keys_seen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("algorithm", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_host_keys_seen_decided_by_users")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_host_keys_seen_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_keys_seen")),
        sa.UniqueConstraint("device_id", "fingerprint", name=op.f("uq_host_keys_seen_device_id_fingerprint")),
    )
    op.create_index(op.f("ix_host_keys_seen_device_id"), "host_keys_seen", ["device_id"], unique=False)
    op.create_table(
        "occurrences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("planned_start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actual_start_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("planned_end_at > planned_start_at", name=op.f("ck_occurrences_span")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_occurrences_conference_id_conferences")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
    )
    op.create_index(op.f("ix_occurrences_conference_id"), "occurrences", ["conference_id"], unique=False)
    op.create_index(op.f("ix_occurrences_planned_start_at"), "occurrences", ["planned_start_at"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("held_start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deciding_unit_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_rule", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("held_end_at > held_start_at", name=op.f("ck_reservations_span")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_reservations_decided_by_users")),
        sa.ForeignKeyConstraint(["deciding_unit_id"], ["units.id"], name=op.f("fk_reservations_deciding_unit_id_units")),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name=op.f("fk_reservations_occurrence_id_occurrences")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_reservations_room_id_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.UniqueConstraint("occurrence_id", "room_id", name=op.f("uq_reservations_occurrence_id_room_id")),
    )
    op.create_index(op.f("ix_reservations_deciding_unit_id"), "reservations", ["deciding_unit_id"], unique=False)
    op.create_index("ix_reservations_room_held", "reservations", ["room_id", "held_start_at"], unique=False)
    op.create_table(
        "session_pins",
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_session_pins_made_by_users")),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name=op.f("fk_session_pins_occurrence_id_occurrences")),
        sa.PrimaryKeyConstraint("occurrence_id", name=op.f("pk_session_pins")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("host_room_id", sa.Integer(), nullable=False),
        sa.Column("bridge_id", sa.Integer(), nullable=False),
        sa.Column("bridge_address", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("stranger", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("started_from_room_id", sa.Integer(), nullable=True),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bridge_id"], ["devices.id"], name=op.f("fk_sessions_bridge_id_devices")),
        sa.ForeignKeyConstraint(["host_room_id"], ["rooms.id"], name=op.f("fk_sessions_host_room_id_rooms")),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name=op.f("fk_sessions_occurrence_id_occurrences")),
        sa.ForeignKeyConstraint(["profile_id"], ["security_profiles.id"], name=op.f("fk_sessions_profile_id_security_profiles")),
        sa.ForeignKeyConstraint(["started_by"], ["users.id"], name=op.f("fk_sessions_started_by_users")),
        sa.ForeignKeyConstraint(["started_from_room_id"], ["rooms.id"], name=op.f("fk_sessions_started_from_room_id_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("occurrence_id", "number", name=op.f("uq_sessions_occurrence_id_number")),
    )
    op.create_index(op.f("ix_sessions_host_room_id"), "sessions", ["host_room_id"], unique=False)
    op.create_index(op.f("ix_sessions_occurrence_id"), "sessions", ["occurrence_id"], unique=False)
    op.create_index(op.f("ix_sessions_state"), "sessions", ["state"], unique=False)
    op.create_index(
        "uq_sessions_running",
        "sessions",
        ["occurrence_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "device_leases",
        sa.Column("device_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_leases_device_id_devices")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_device_leases_session_id_sessions")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_leases")),
    )
    op.create_index(op.f("ix_device_leases_session_id"), "device_leases", ["session_id"], unique=False)
    op.create_table(
        "legs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("former_setting", sa.String(length=16), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restore_failed", sa.Boolean(), nullable=False),
        sa.Column("intent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dials", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("grade", sa.String(length=8), nullable=False),
        sa.Column("suite", sa.String(length=64), nullable=False),
        sa.Column("finding", sa.String(length=40), nullable=False),
        sa.Column("finding_detail", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_legs_device_id_devices")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_legs_room_id_rooms")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_legs_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legs")),
        sa.UniqueConstraint("session_id", "room_id", name=op.f("uq_legs_session_id_room_id")),
    )
    op.create_index(op.f("ix_legs_session_id"), "legs", ["session_id"], unique=False)
    op.create_table(
        "sealed_evidence",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_sealed_evidence_session_id_sessions")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sealed_evidence")),
    )
    op.create_table(
        "gaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("leg_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["leg_id"], ["legs.id"], name=op.f("fk_gaps_leg_id_legs")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_gaps_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_index(op.f("ix_gaps_session_id"), "gaps", ["session_id"], unique=False)
    op.create_table(
        "leg_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("leg_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["leg_id"], ["legs.id"], name=op.f("fk_leg_checks_leg_id_legs")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_leg_checks_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leg_checks")),
    )
    op.create_index(op.f("ix_leg_checks_session_id"), "leg_checks", ["session_id"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_leg_checks_session_id"), table_name="leg_checks")
    op.drop_table("leg_checks")
    op.drop_index(op.f("ix_gaps_session_id"), table_name="gaps")
    op.drop_table("gaps")
    op.drop_table("sealed_evidence")
    op.drop_index(op.f("ix_legs_session_id"), table_name="legs")
    op.drop_table("legs")
    op.drop_index(op.f("ix_device_leases_session_id"), table_name="device_leases")
    op.drop_table("device_leases")
    op.drop_index(
        "uq_sessions_running", table_name="sessions", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(op.f("ix_sessions_state"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_occurrence_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_host_room_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("session_pins")
    op.drop_index("ix_reservations_room_held", table_name="reservations")
    op.drop_index(op.f("ix_reservations_deciding_unit_id"), table_name="reservations")
    op.drop_table("reservations")
    op.drop_index(op.f("ix_occurrences_planned_start_at"), table_name="occurrences")
    op.drop_index(op.f("ix_occurrences_conference_id"), table_name="occurrences")
    op.drop_table("occurrences")
    op.drop_index(op.f("ix_host_keys_seen_device_id"), table_name="host_keys_seen")
    op.drop_table("host_keys_seen")
    op.drop_table("device_credentials")
    op.drop_index(op.f("ix_conferences_unit_id"), table_name="conferences")
    op.drop_index(op.f("ix_conferences_organizer_id"), table_name="conferences")
    op.drop_index(op.f("ix_conferences_chair_id"), table_name="conferences")
    op.drop_table("conferences")
    op.drop_index(op.f("ix_sign_ins_user_id"), table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_table("security_profiles")
    op.drop_index(op.f("ix_role_grants_user_id"), table_name="role_grants")
    op.drop_table("role_grants")
    op.drop_index(op.f("ix_panels_room_id"), table_name="panels")
    op.drop_table("panels")
    op.drop_table("panel_codes")
    op.drop_index(op.f("ix_notices_user_id"), table_name="notices")
    op.drop_table("notices")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_devices_unit_id"), table_name="devices")
    op.drop_index(op.f("ix_devices_room_id"), table_name="devices")
    op.drop_table("devices")
    op.drop_table("users")
    op.drop_index(op.f("ix_rooms_unit_id"), table_name="rooms")
    op.drop_table("rooms")
    op.drop_table("worker_leases")
    op.drop_index(op.f("ix_units_path"), table_name="units")
    op.drop_index(op.f("ix_units_parent_id"), table_name="units")
    op.drop_table("units")
    op.drop_table("trail_payloads")
    op.drop_table("trail_epochs")
    op.drop_index("ix_trail_entries_subject", table_name="trail_entries")
    op.drop_table("trail_entries")
    op.drop_table("trail_checkpoints")
    op.drop_index("ix_failed_tries_subject_at", table_name="failed_tries")
    op.drop_table("failed_tries")
