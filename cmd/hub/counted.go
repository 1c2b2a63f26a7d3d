package hub

import (
	"context"
	"encoding/json"

	"symbolon/provider/journal"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
)

// counted counts what is recorded in the usage database, once it is. Kinds, levels and means are
// closed sets, so nothing of them names a person or a party.
type counted struct {
	journal.Recorder
	m *metrics
}

// Append stores a row and counts it.
func (c counted) Append(ctx context.Context, row journal.Row) error {
	err := c.Recorder.Append(ctx, row)
	if err == nil {
		c.m.recorded(row)
	}
	return err
}

// Note stores a row without waiting for the disk and counts it.
func (c counted) Note(ctx context.Context, row journal.Row) error {
	err := c.Recorder.Note(ctx, row)
	if err == nil {
		c.m.recorded(row)
	}
	return err
}

// countedGrants counts the answers of logins.
type countedGrants struct {
	oauth.Grants
	m *metrics
}

// Answer stores an answer and counts it.
func (c countedGrants) Answer(ctx context.Context, a oauth.Answer) error {
	err := c.Grants.Answer(ctx, a)
	if err == nil {
		c.m.recorded(a.Entry)
		if a.Acted != nil { // the same login: only the entry is one more
			c.m.entries.WithLabelValues(string(a.Acted.Kind)).Inc()
		}
	}
	return err
}

// EndGrant ends a grant and counts why.
func (c countedGrants) EndGrant(ctx context.Context, id seal.RowID, why journal.Row) error {
	err := c.Grants.EndGrant(ctx, id, why)
	if err == nil {
		c.m.recorded(why)
	}
	return err
}

// recorded counts one entry of the journal; those about logins by level and means as well.
func (m *metrics) recorded(row journal.Row) {
	m.entries.WithLabelValues(string(row.Kind)).Inc()
	outcome := map[journal.Kind]string{journal.LoggedIn: "logged_in", journal.LoginRefused: "refused", journal.Released: "released", journal.Declined: "declined"}[row.Kind]
	if outcome == "" {
		return
	}
	var body struct {
		Fields struct{ Level, Means string } `json:"fields"`
	}
	_ = json.Unmarshal(row.Body, &body) // our own canonical form; a field that is not there stays ""
	m.logins.WithLabelValues(outcome, body.Fields.Level, body.Fields.Means).Inc()
}
