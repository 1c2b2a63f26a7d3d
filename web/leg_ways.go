package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
)

// legWays is what the data of a connector's own page say where it has several ways to answer, and shows the fields of
// one: what they are called, as its forms send it in the field "way", and the one that it leads to.
type legWays struct {
	Ways []string `json:"ways"`
	Way  string   `json:"way"` // what went wrong is about it, or they came by it and are told something before they go on; "" for none

	// What an earlier version said instead of Ways, whose logins may be under way.
	TOTP  *bool `json:"totp"`
	Codes bool  `json:"codes"`
}

// waysOf reads them; none where the page has none.
func waysOf(leg *login.Leg) legWays {
	var ways legWays
	if json.Unmarshal(leg.Data, &ways) != nil {
		return legWays{}
	}
	if ways.TOTP == nil || len(ways.Ways) > 0 {
		return ways
	}
	ways.Ways = []string{"passkey"}
	if *ways.TOTP {
		ways.Ways = append(ways.Ways, "totp")
	}
	if ways.Codes {
		ways.Ways = append(ways.Ways, "code")
	}
	return ways
}

// wayOf picks the way that is shown: the one that the address asks for (?with=WAY), the one that the page leads to, the
// one used last in this browser, or the first. What the page does not offer is none of them.
func wayOf(v *visit, leg *login.Leg) string {
	ways := waysOf(leg)
	for _, way := range []string{v.r.URL.Query().Get("with"), ways.Way, lastWay(v, leg.Means)} {
		if slices.Contains(ways.Ways, way) {
			return way
		}
	}
	if len(ways.Ways) == 0 {
		return ""
	}
	return ways.Ways[0]
}

// cameBy gives the way by which somebody answers a page: the one that the form names, or the one that let them in before
// they were told something; "" where the page has no ways.
func cameBy(leg *login.Leg, form url.Values) string {
	if leg == nil || leg.View == "" {
		return ""
	}
	ways := waysOf(leg)
	if way := form.Get("way"); slices.Contains(ways.Ways, way) {
		return way
	}
	return ways.Way
}

// usedLast has the browser remember the means that somebody has logged in with, and of several ways of its page which:
// nothing of who used them.
func usedLast(v *visit, means identity.Means, way string) {
	value := string(means)
	if way != "" {
		value += "/" + way
	}
	putCookie(v.w, meansName, value, keepsake)
}

// lastUsed gives what this browser remembers; "" for nothing.
func lastUsed(v *visit) (means identity.Means, way string) {
	name, way, _ := strings.Cut(soleCookie(v.r, meansName), "/")
	return identity.Means(name), way
}

// lastWay gives the way of a means that was used last; "" for none, or where another means was.
func lastWay(v *visit, means identity.Means) string {
	if last, way := lastUsed(v); last == means {
		return way
	}
	return ""
}
