package register

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/outbound"
)

const cardTold = `{"identifiers":["PNOPL-87022290019"],"attributes":{"number":"S-1"},"as_of":"2026-11-24T11:59:00Z"}`

// partners gives sources of one that answers with the handler.
func partners(t *testing.T, keep time.Duration, answer http.HandlerFunc) *Partners {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	out := outbound.New(outbound.Options{AllowHosts: []string{"127.0.0.1"}, AllowLoopback: true, Timeout: 300 * time.Millisecond})
	return &Partners{Log: slog.New(slog.DiscardHandler), Now: noon, List: []*Partner{{
		ID: "student_card", Keep: keep,
		Attributes: []PartnerAttribute{{"number", "string", identity.Substantial}, {"ends", "string", identity.Low}, {"studies", "boolean", identity.Low}, {"discounts", "array", identity.Low}, {"school", "object", identity.Low}, {"children", "number", identity.Low}},
		Client:     New(Options{ID: "student_card", BaseURL: server.URL, HTTP: out.HTTP(), Now: noon}),
	}}}
}

func TestPartner_is_asked_for_what_is_wanted_and_told_under_its_own_name(t *testing.T) {
	p := partners(t, 0, func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		if r.URL.String() != "/v1/attributes" || string(question) != `{"attributes":["ends","number"],"identifier":"PNOPL-87022290019"}` {
			t.Errorf("%s %s", r.URL, question)
		}
		says(http.StatusOK, cardTold)(w, r)
	})
	got := p.Attributes(t.Context(), number(t, "PNOPL-87022290019"), []identity.AttributeName{"student_card:number", "family_card:number", "name", "student_card:ends", "student_card:moon"})
	if len(got) != 1 || got[0].Name != "student_card:number" || got[0].Value.RevealText() != "S-1" ||
		got[0].Source != (identity.Source{Kind: identity.FromPartner, ID: "student_card"}) || !got[0].VerifiedAt.Equal(time.Date(2026, 11, 24, 11, 59, 0, 0, time.UTC)) {
		t.Errorf("%+v", got)
	}
	for name, want := range map[identity.AttributeName]identity.Level{"student_card:number": identity.Substantial, "student_card:ends": identity.Low, "student_card:moon": identity.None, "number": identity.None} {
		if level, has := p.Level(name); level != want || has != (want != identity.None) {
			t.Errorf("%s: %s %v", name, level, has)
		}
	}
	var none *Partners
	if _, has := none.Level("student_card:number"); has || none.Attributes(t.Context(), number(t, "PNOPL-87022290019"), nil) != nil {
		t.Error("no sources have something")
	}
}

func TestPartner_takes_each_type_and_no_other(t *testing.T) {
	for attribute, c := range map[string]struct{ good, bad []string }{
		"number":    {[]string{`"x"`, `"Łódź"`}, []string{`""`, `1`, `null`, `["x"]`, `"a\nb"`, `"` + strings.Repeat("x", 1001) + `"`}},
		"studies":   {[]string{`true`, `false`}, []string{`"true"`, `1`, `null`}},
		"children":  {[]string{`3`, `0.5`, `-1`}, []string{`"3"`, `true`}},
		"discounts": {[]string{`["a","b"]`}, []string{`[]`, `[1]`, `["a",""]`, `"a"`, `[["a"]]`}},
		"school":    {[]string{`{"name":"x"}`}, []string{`{}`, `{"name":1}`, `{"name":{"deep":"x"}}`, `[]`}},
	} {
		for i, value := range append(c.good, c.bad...) {
			p := partners(t, 0, says(http.StatusOK, strings.Replace(cardTold, `"number":"S-1"`, `"`+attribute+`":`+value, 1)))
			got := p.Attributes(t.Context(), number(t, "PNOPL-87022290019"), []identity.AttributeName{identity.AttributeName("student_card:" + attribute)})
			if want := i < len(c.good); (len(got) == 1) != want {
				t.Errorf("%s = %.40s: taken %v", attribute, value, !want)
			}
		}
	}
}

func TestAttack_UF_02_UF_05_a_partner_that_misbehaves_tells_nothing(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"somebody else":      says(http.StatusOK, strings.Replace(cardTold, "87022290019", "91050390124", 1)),
		"what was not asked": says(http.StatusOK, strings.Replace(cardTold, `"S-1"`, `"S-1","ends":"2027"`, 1)),
		"an unknown name":    says(http.StatusOK, strings.Replace(cardTold, `"number"`, `"sub"`, 1)),
		"an unknown member":  says(http.StatusOK, strings.Replace(cardTold, `"as_of"`, `"sub":"x","as_of"`, 1)),
		"tomorrow":           says(http.StatusOK, strings.Replace(cardTold, "2026-11-24", "2026-11-25", 1)),
		"no moment":          says(http.StatusOK, strings.Replace(cardTold, `,"as_of":"2026-11-24T11:59:00Z"`, "", 1)),
		"huge":               says(http.StatusOK, strings.Repeat(" ", 2<<20)+cardTold),
		"down":               says(http.StatusServiceUnavailable, `{"error":"down"}`),
		"another API's 404":  says(http.StatusNotFound, `{"message":"no route"}`),
		"never":              func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
		"redirect":           func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusTemporaryRedirect) },
	} {
		var log strings.Builder
		p := partners(t, time.Hour, answer)
		p.Log = slog.New(slog.NewTextHandler(&log, nil))
		if got := p.Attributes(t.Context(), number(t, "PNOPL-87022290019"), []identity.AttributeName{"student_card:number"}); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
		if !strings.Contains(log.String(), "student_card") || strings.Contains(log.String(), "87022290019") || strings.Contains(log.String(), "S-1") {
			t.Errorf("%s: logged %s", name, log.String())
		}
	}
}

func TestPartner_answers_are_used_again_for_as_long_as_the_operator_says(t *testing.T) {
	asked, now := 0, noon()
	p := partners(t, 5*time.Minute, func(w http.ResponseWriter, r *http.Request) { asked++; says(http.StatusOK, cardTold)(w, r) })
	p.Now = func() time.Time { return now }
	for _, row := range []struct {
		after time.Duration
		who   string
		asked int
	}{{0, "PNOPL-87022290019", 1}, {4 * time.Minute, "PNOPL-87022290019", 1}, {4*time.Minute + time.Second, "PNOPL-87022290019", 2}, {0, "PNOPL-91050390124", 3}} {
		now = noon().Add(row.after)
		p.Attributes(t.Context(), number(t, row.who), []identity.AttributeName{"student_card:number"})
		if asked != row.asked {
			t.Errorf("after %s: asked %d times, want %d", row.after, asked, row.asked)
		}
	}
}

func TestPartnerAPI_describes_what_is_asked_and_read(t *testing.T) {
	text, err := PartnerAPI()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"/v1/attributes:", "identifier:", "identifiers:", "attributes:", "as_of:", "not_found"} {
		if !strings.Contains(string(text), word) {
			t.Errorf("%s is not described", word)
		}
	}
}
