-- +goose Up
-- The means by which a person had proved themselves when they tied a further one (architecture §7), with a space between
-- them: a tie that was made on the word of what is stopped later ends with it. '' is one that nobody vouched for so, or of
-- which that is not known.
ALTER TABLE links ADD COLUMN rests_on TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE links DROP COLUMN rests_on;
