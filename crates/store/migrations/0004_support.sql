-- Whom a customer calls about a subscription; none: whoever sold it.
ALTER TABLE subscription ADD COLUMN supported_by {id} REFERENCES partner (tenant_id);

-- What the overview counts, so that it reads no more than it shows.
CREATE INDEX relationship_ended ON relationship (partner_id, ended_at, started_at) WHERE state = 'ended';
CREATE INDEX relationship_removed ON relationship (partner_id, privileges_at)
    WHERE state = 'active' AND privileges = 'removed' AND privileges_side = 'customer';
CREATE INDEX invitation_made ON invitation (partner_id, created_at);
CREATE INDEX invitation_open ON invitation (partner_id, created_at, expires_at) WHERE state = 'open';
CREATE INDEX invitation_forwarded ON invitation (partner_id, forwarded_at) WHERE state = 'open' AND forwarded_at IS NOT NULL;
CREATE INDEX invitation_declined ON invitation (partner_id, decided_at) WHERE state = 'declined';
CREATE INDEX mail_bounced ON mail (tenant_id, finished_at) WHERE state = 'bounced';
