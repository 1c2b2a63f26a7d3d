package attacktest

import (
	"net/http"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// architecture §7, oauth.md Refresh: a grant may live for a month, what was released with it lives for a
// day. From then on userinfo tells the subject alone, and soon nothing is there that could tell more.
func TestReleasedValuesAreGoneAfterADay(t *testing.T) {
	each(t, func(t *testing.T, c *cast) {
		rp := c.rp2.As(t)
		kept := func() int {
			return hubtest.Number(t, c.Usage.Source, "SELECT count(*) FROM grants WHERE sealed IS NOT NULL OR refresh_wrap IS NOT NULL OR code_wrap IS NOT NULL")
		}
		sweep := func() {
			if known, err := c.Replicas[0].Hub.Do(t.Context(), "sweep"); err != nil || !known {
				t.Fatalf("sweep: %t %v", known, err)
			}
		}
		told := func(held hubtest.Reply) map[string]any {
			t.Helper()
			reply := rp.Userinfo(held.Text("access_token"))
			if reply.Status != http.StatusOK || reply.Text("sub") == "" {
				t.Fatalf("userinfo: %d %s", reply.Status, reply.Body)
			}
			return reply.JSON
		}
		refresh := func(held hubtest.Reply) hubtest.Reply {
			t.Helper()
			next := rp.Refresh(held.Text("refresh_token"))
			if next.Status != http.StatusOK || next.Text("id_token") == "" {
				t.Fatalf("refresh: %d %s", next.Status, next.Body)
			}
			return next
		}
		held := c.tokens(t, rp, "scope", "openid profile offline_access")
		c.Shift(23*time.Hour + 55*time.Minute)
		held = refresh(held)
		sweep()
		if got := told(held); got["given_name"] != "Konstanty" || kept() != 1 {
			t.Fatalf("within the day: %v, kept %d", got, kept())
		}
		c.Shift(6 * time.Minute) // the access token is still good for four
		if got := told(held); len(got) != 1 {
			t.Errorf("after a day, before anything was swept, userinfo tells %v", got)
		}
		sweep()
		if n := kept(); n != 0 {
			t.Errorf("after a day %d grants hold values, or a key to them", n)
		}
		if got := told(held); len(got) != 1 {
			t.Errorf("after a day userinfo tells %v", got)
		}
		held = refresh(held)
		if got := told(held); len(got) != 1 || kept() != 0 {
			t.Errorf("after a refresh userinfo tells %v, kept %d", got, kept())
		}
		c.Shift(20 * 24 * time.Hour)
		sweep()
		if got := told(refresh(held)); len(got) != 1 {
			t.Errorf("weeks later userinfo tells %v", got)
		}
	})
}
