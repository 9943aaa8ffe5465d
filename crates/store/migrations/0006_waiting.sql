-- What a customer's administrators find waiting for them, newest first.
CREATE INDEX invitation_bound_tenant ON invitation (bound_tenant_id, created_at, id)
    WHERE state = 'open' AND bound_tenant_id IS NOT NULL;
CREATE INDEX invitation_bound_domain ON invitation (bound_domain, created_at, id) WHERE state = 'open' AND bound_domain IS NOT NULL;
