package consent

import (
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// Plan is pure: it says what must still be put to the citizen, or, if nothing must, what may be
// told as it is. known holds the attributes with their values; they go into the question's items
// for the page, never into its digest or the release.
//
// There is always a question the first time, even where everything is told by law or nothing but
// a pseudonym is: that page is where the citizen sees who asks, and may stop. Afterwards only a
// remembered decision answers instead, and only for what it was about: anything wider, in
// attributes, purpose or party, asks again (attacks CN-05).
func Plan(ask Ask, party RelyingParty, usage identity.UsageID, known identity.Attributes, standing *Decision, now time.Time) (*Question, Release) {
	q := question(ask, party, known)
	if standing == nil || ask.Again || !standing.covers(q, party, usage, now) {
		return &q, Release{}
	}
	return nil, standing.release(q, now)
}

// question lays out what the citizen is shown. What the party may not ask for is not in it, and
// neither is what nobody knows, unless the service cannot do without: then the citizen should see
// why it may fail.
func question(ask Ask, party RelyingParty, known identity.Attributes) Question {
	q := Question{Party: party.ID, Offline: ask.Offline, For: ask.For}
	for _, w := range ask.Attributes {
		permission, ok := party.Permits(w.Name)
		if !ok || q.has(w.Name) {
			continue
		}
		item := Item{
			Name: w.Name, Basis: permission.Basis, Law: permission.Law, Purpose: permission.Purpose,
			Why: w.Why, Essential: w.Essential, Required: permission.Required,
		}
		if a, ok := known.Find(w.Name); ok && !a.Value.IsZero() {
			item.Known, item.Value, item.Source, item.Language, item.Forms, item.In = true, a.Value, a.Source, a.Language, a.Forms, a.Languages()
		}
		switch {
		case !item.Known && !item.Required:
		case item.Basis == ByLaw || item.Basis == ByPublicTask:
			q.Told = append(q.Told, item)
		default: // an unknown basis is never told without asking
			q.Asked = append(q.Asked, item)
		}
	}
	q.Digest = q.digest(party)
	return q
}

// covers says whether the earlier decision answers the question in advance.
func (d Decision) covers(q Question, party RelyingParty, usage identity.UsageID, now time.Time) bool {
	if d.Party != party.ID || d.Usage != usage || d.PartyMark != party.Version || !now.Before(d.Until) {
		return false
	}
	if q.Offline && !d.Offline {
		return false
	}
	for _, item := range q.Told {
		if item.Known && !d.allows(item) {
			return false // told by law, but the citizen has never seen that it is
		}
	}
	for _, item := range q.Asked {
		declined := !item.Required && slices.Contains(d.Declined, item.Name)
		if item.Known && !declined && !d.allows(item) {
			return false
		}
	}
	return true
}

// allows says whether the item was allowed then, on the same ground and for the same reason. No
// reason given now is no new one; a language of which there was no word then is more than what was allowed.
func (d Decision) allows(item Item) bool {
	return slices.ContainsFunc(d.Allowed, func(r Released) bool {
		more := slices.ContainsFunc(item.In, func(tag string) bool { return !slices.Contains(r.In, tag) })
		return r.Name == item.Name && r.Basis == item.Basis && r.Purpose == item.Purpose && (item.Why == "" || r.Why == item.Why) && !more
	})
}

// release makes the answer from the earlier decision. It has no Until of its own: using a
// decision does not prolong it.
func (d Decision) release(q Question, now time.Time) Release {
	r := Release{
		Party: d.Party, Usage: d.Usage, By: d.By, Offline: q.Offline, Shown: q.Digest,
		At: now, Standing: true, PartyMark: d.PartyMark,
	}
	for _, item := range slices.Concat(q.Told, q.Asked) {
		switch {
		case !item.Known:
		case d.allows(item):
			r.Items = append(r.Items, item.released())
		default:
			r.Declined = append(r.Declined, item.Name)
		}
	}
	return r
}
