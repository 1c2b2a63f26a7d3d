-- +goose Up
-- When released values are erased from a grant that lives on without them; 0: with the grant, or
-- done. Redeeming and refreshing do not change it.
ALTER TABLE grants ADD COLUMN values_until BIGINT NOT NULL DEFAULT 0;
UPDATE grants SET values_until = created + 86400000000 WHERE sealed IS NOT NULL AND ends > created + 86400000000;
CREATE INDEX grants_values ON grants (values_until) WHERE values_until > 0;

-- +goose Down
DROP INDEX grants_values;
ALTER TABLE grants DROP COLUMN values_until;
