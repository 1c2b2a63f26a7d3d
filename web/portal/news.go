package portal

import "time"

// newsFor is how long somebody who comes by another way is told of a new one.
const newsFor = 30 * 24 * time.Hour

// NewsOf gives the day on which an office last gave somebody a way to log in that still works, zero where they know
// of it by coming with it. other says that they came by what no office gave; who came by what an office gave is
// told if they have something older of the kind, since that may be what they came by.
func NewsOf(all []Held, other bool, now time.Time) time.Time {
	var newest, oldest time.Time
	for _, h := range all {
		if h.State != "active" {
			continue
		}
		if oldest.IsZero() || h.Since.Before(oldest) {
			oldest = h.Since
		}
		if h.Handed && h.Since.After(newest) {
			newest = h.Since
		}
	}
	if newest.IsZero() || now.Sub(newest) >= newsFor+24*time.Hour || !other && !oldest.Before(newest) {
		return time.Time{}
	}
	return newest
}
