package oidc

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
)

// login walks a leg whose last step must be this outcome for this reason, told to no log.
func (r *rig) mustFail(t *testing.T, code connectors.FailureCode, reason string) {
	t.Helper()
	step := r.Login(t, "handle-1")
	if connectortest.Outcome(step) != string(code) || reason != "" && r.reason() != reason {
		t.Errorf("%s (%s), want %s (%s)", connectortest.Outcome(step), r.reason(), code, reason)
	}
	r.MustBeQuiet(t)
}

func TestAttack_FO_01_a_code_of_another_upstream_goes_nowhere(t *testing.T) {
	honest := newUpstream(t)
	for name, announces := range map[string]bool{"announced": true, "not announced, and there": false} {
		t.Run(name, func(t *testing.T) {
			malicious := rigged(t, nil)
			malicious.up.Metadata = func(m claims) { m["authorization_response_iss_parameter_supported"] = announces }
			a := malicious.Attempt("handle-1")
			step, state := malicious.Begin(t, a)
			// The malicious upstream sends the browser on to the honest one, with the same state.
			elsewhere := strings.Replace(step.(connectors.Redirect).URL, malicious.up.Issuer, honest.Issuer, 1)
			back := honest.authorize(t, elsewhere)
			if got := malicious.Continue(t, a, state, connectors.Input{Query: back}); connectortest.Outcome(got) != "invalid_answer" || malicious.reason() != "response_iss" {
				t.Errorf("%s %s", connectortest.Outcome(got), malicious.reason())
			}
			if malicious.up.asked("/token") != 0 {
				t.Error("the malicious upstream saw the honest one's code")
			}
		})
	}
	t.Run("announced and left out", func(t *testing.T) {
		r := rigged(t, nil)
		r.up.Response = func(q url.Values) { q.Del("iss") }
		r.mustFail(t, connectors.InvalidAnswer, "response_iss")
		if r.up.asked("/token") != 0 {
			t.Error("the code was sent")
		}
	})
	t.Run("neither announced nor there", func(t *testing.T) {
		r := rigged(t, nil)
		r.up.Metadata = func(m claims) { delete(m, "authorization_response_iss_parameter_supported") }
		r.up.Response = func(q url.Values) { q.Del("iss") }
		connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	})
	t.Run("errors are no exception", func(t *testing.T) {
		r := rigged(t, nil)
		r.up.Response = func(q url.Values) { q.Set("error", "access_denied"); q.Set("iss", "https://elsewhere.example") }
		r.mustFail(t, connectors.InvalidAnswer, "response_iss")
	})
}

func TestAttack_FO_05_two_tabs_both_work_and_neither_twice(t *testing.T) {
	r := rigged(t, nil)
	one, two := r.Attempt("handle-1"), r.Attempt("handle-2")
	first, firstState := r.Begin(t, one)
	second, secondState := r.Begin(t, two)
	firstBack, secondBack := r.Walk(t, first), r.Walk(t, second)
	connectortest.MustBeDone(t, r.Continue(t, two, secondState, secondBack))
	connectortest.MustBeDone(t, r.Continue(t, one, firstState, firstBack))
	if got := r.Continue(t, one, firstState, firstBack); connectortest.Outcome(got) != "invalid_answer" || r.reason() != "code_refused" {
		t.Errorf("%s %s", connectortest.Outcome(got), r.reason())
	}
}

func TestAttack_FO_06_an_error_wins_over_a_code(t *testing.T) {
	for code, want := range map[string]connectors.FailureCode{
		"access_denied": connectors.Cancelled, "login_required": connectors.RefusedUpstream, "server_error": connectors.Unavailable,
		"temporarily_unavailable": connectors.Unavailable, "unmet_authentication_requirements": connectors.RefusedUpstream,
		"": connectors.RefusedUpstream, "<script>zaneta@mail.example": connectors.RefusedUpstream,
	} {
		r := rigged(t, nil)
		r.up.Response = func(q url.Values) { q.Set("error", code); q.Set("error_description", "zaneta@mail.example gave up") }
		r.mustFail(t, want, "")
		if r.up.asked("/token") != 0 {
			t.Errorf("%q: the code was redeemed", code)
		}
	}
}

func TestResponse_is_refused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(url.Values)
		reason string
	}{
		"another state":     {func(q url.Values) { q.Set("state", "handle-2") }, "state"},
		"no state":          {func(q url.Values) { q.Del("state") }, "state"},
		"state twice":       {func(q url.Values) { q.Add("state", "handle-1") }, "parameter_twice"},
		"code twice":        {func(q url.Values) { q.Add("code", "x") }, "parameter_twice"},
		"iss twice":         {func(q url.Values) { q.Add("iss", q.Get("iss")) }, "parameter_twice"},
		"unknown twice":     {func(q url.Values) { q["x"] = []string{"1", "2"} }, "parameter_twice"},
		"no code":           {func(q url.Values) { q.Del("code") }, "code_missing"},
		"a code of 5 KB":    {func(q url.Values) { q.Set("code", strings.Repeat("x", 5000)) }, "code_missing"},
		"an invented code":  {func(q url.Values) { q.Set("code", "guess") }, "code_refused"},
		"empty iss":         {func(q url.Values) { q.Set("iss", "") }, "response_iss"},
		"iss with a slash":  {func(q url.Values) { q.Set("iss", q.Get("iss")+"/") }, "response_iss"},
		"iss in upper case": {func(q url.Values) { q.Set("iss", strings.ToUpper(q.Get("iss"))) }, "response_iss"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rigged(t, nil)
			r.up.Response = c.spoil
			r.mustFail(t, connectors.InvalidAnswer, c.reason)
		})
	}
}

func TestAttack_FO_08_a_level_above_the_ceiling_is_capped(t *testing.T) {
	r := rigged(t, nil)
	r.up.Claims = func(c claims) { c["acr"] = "urn:up:high" }
	auth := connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	if e := auth.Evidence[0]; e.Asserted != identity.High || e.Ceiling != identity.Substantial {
		t.Errorf("asserted %s, ceiling %s: both are for the record", e.Asserted, e.Ceiling)
	}
	if d := assurance.Decide(assurance.Default(), auth.Evidence, assurance.Circumstance{}, r.up.clock()); d.Level != identity.Substantial {
		t.Errorf("worth %s", d.Level)
	}
}

func TestAttack_FO_09_a_lower_level_none_and_unknown_ones_are_what_they_are(t *testing.T) {
	low := func(raw map[string]any) { raw["level_when_absent"] = "low" }
	for _, c := range []struct {
		story  string
		change func(map[string]any)
		acr    any
		want   identity.Level
	}{
		{"lower than asked", nil, "urn:up:low", identity.Low},
		{"none", nil, nil, identity.None},
		{"null", nil, "NULL", identity.None},
		{"none, the operator takes that for low", low, nil, identity.Low},
		{"unknown, which is not silence", low, "urn:nobody:knows", identity.None},
		{"empty, which is not silence", low, "", identity.None},
		{"OpenID Connect's zero", low, "0", identity.None},
		{"a list", nil, []string{"urn:up:substantial"}, identity.None},
		{"a number", low, 3, identity.None},
		{"another case", nil, "URN:UP:SUBSTANTIAL", identity.None},
		{"two in one", nil, "urn:up:low urn:up:substantial", identity.None},
	} {
		t.Run(c.story, func(t *testing.T) {
			r := rigged(t, c.change)
			r.up.Claims = func(told claims) {
				switch c.acr {
				case nil:
					delete(told, "acr")
				case "NULL":
					told["acr"] = nil
				default:
					told["acr"] = c.acr
				}
			}
			auth := connectortest.MustBeDone(t, r.Login(t, "handle-1"))
			d := assurance.Decide(assurance.Default(), auth.Evidence, assurance.Circumstance{}, r.up.clock())
			if auth.Evidence[0].Asserted != c.want || d.Level != c.want {
				t.Errorf("asserted %s, worth %s, want %s", auth.Evidence[0].Asserted, d.Level, c.want)
			}
		})
	}
	t.Run("userinfo says nothing about levels", func(t *testing.T) {
		r := rigged(t, nil)
		r.up.Claims = func(c claims) { c["acr"] = "urn:up:low" }
		r.up.Userinfo = func(c claims) { c["acr"], c["amr"], c["auth_time"] = "urn:up:substantial", []string{"sc"}, 1 }
		auth := connectortest.MustBeDone(t, r.Login(t, "handle-1"))
		if auth.Evidence[0].Asserted != identity.Low || auth.AMR[0] != "pwd" {
			t.Errorf("%s %v", auth.Evidence[0].Asserted, auth.AMR)
		}
	})
}

func TestAttack_FO_10_a_stale_login_there_is_stale_here(t *testing.T) {
	hour := time.Hour
	issued := func(raw map[string]any) { raw["auth_time"] = "issued" }
	ago := func(d time.Duration) any { return d }
	for _, c := range []struct {
		story  string
		change func(map[string]any)
		fresh  bool
		age    *time.Duration
		acted  any // how long before now; nil: not said
		want   string
	}{
		{"just now", nil, false, nil, ago(0), "Done"},
		{"seven hours ago, nobody minds", nil, false, nil, ago(7 * hour), "Done"},
		{"nine hours ago", nil, false, nil, ago(9 * hour), "stale_answer"},
		{"two hours ago, one was asked", nil, false, &hour, ago(2 * hour), "stale_answer"},
		{"half an hour ago, one was asked", nil, false, &hour, ago(hour / 2), "Done"},
		{"five minutes ago, now was asked", nil, true, nil, ago(5 * time.Minute), "stale_answer"},
		{"ten seconds ago by a clock behind ours, now was asked", nil, true, nil, ago(10 * time.Second), "Done"},
		{"in an hour", nil, false, nil, ago(-hour), "invalid_answer"},
		{"not said", nil, false, nil, nil, "stale_answer"},
		{"not said, the operator takes the signing for it", issued, false, nil, nil, "Done"},
		{"not said, an hour was asked", issued, false, &hour, nil, "stale_answer"},
		{"not said, now was asked", issued, true, nil, nil, "stale_answer"},
		{"said in words", nil, false, nil, "noon", "invalid_answer"},
	} {
		t.Run(c.story, func(t *testing.T) {
			r := rigged(t, c.change)
			r.up.Claims = func(told claims) {
				switch acted := c.acted.(type) {
				case nil:
					delete(told, "auth_time")
				case time.Duration:
					told["auth_time"] = r.up.now.Add(-acted).Unix()
				default:
					told["auth_time"] = acted
				}
			}
			a := r.Attempt("handle-1")
			a.Fresh, a.MaxAge = c.fresh, c.age
			step, state := r.Begin(t, a)
			if got := connectortest.Outcome(r.Continue(t, a, state, r.Walk(t, step))); got != c.want {
				t.Errorf("%s", got)
			}
		})
	}
	t.Run("acted in this leg and came back slowly", func(t *testing.T) {
		r := rigged(t, nil)
		minute := time.Minute
		a := r.Attempt("handle-1")
		a.MaxAge = &minute
		step, state := r.Begin(t, a)
		in := r.Walk(t, step)
		acted := r.up.now.Add(10 * time.Second).Unix()
		r.up.Claims = func(c claims) { c["auth_time"] = acted }
		r.up.pass(9 * time.Minute)
		a.Now = r.up.clock()
		connectortest.MustBeDone(t, r.Continue(t, a, state, in))
	})
}

func TestAttack_FO_13_the_same_sub_at_two_upstreams_is_two_people(t *testing.T) {
	one, two := wired(t, newUpstream(t), "one", nil), wired(t, newUpstream(t), "two", nil)
	first, second := connectortest.MustBeDone(t, one.Login(t, "handle-1")), connectortest.MustBeDone(t, two.Login(t, "handle-1"))
	if first.Subject != second.Subject {
		t.Fatal("the story needs the same sub")
	}
	if first.Issuer == second.Issuer || first.Means == second.Means {
		t.Error("nothing tells them apart")
	}
}

func TestAttack_UF_01_an_upstream_that_is_down_or_slow(t *testing.T) {
	r := rigged(t, nil)
	r.up.server.Close()
	step, _, err := r.Connector.Begin(t.Context(), r.Attempt("handle-1"))
	if err != nil || connectortest.Outcome(step) != string(connectors.Unavailable) {
		t.Errorf("%v %s", err, connectortest.Outcome(step))
	}
	for _, path := range []string{"/token", "/userinfo", "/jwks"} {
		t.Run("slow "+path, func(t *testing.T) {
			r := rigged(t, nil)
			r.up.instead(path, func(_ http.ResponseWriter, q *http.Request) { _, _ = io.Copy(io.Discard, q.Body); <-q.Context().Done() })
			r.mustFail(t, connectors.Unavailable, "")
		})
	}
}

func TestAttack_UF_02_an_upstream_that_talks_nonsense(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"HTML": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html>zaneta@mail.example</html>")
		},
		"cut JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"x","id_to`)
		},
		"a list":        func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, []string{"x"}) },
		"null":          func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, nil) },
		"nothing":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"its own fault": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"elsewhere":     func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, "/userinfo", http.StatusFound) },
		"without end": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for range 64 {
				if _, err := w.Write([]byte(strings.Repeat(" ", 64<<10))); err != nil {
					return
				}
			}
		},
	} {
		for _, path := range []string{"/token", "/userinfo", "/jwks", "/.well-known/openid-configuration"} {
			t.Run(name+" at "+path, func(t *testing.T) {
				r := rigged(t, nil)
				r.up.instead(path, handler)
				a := r.Attempt("handle-1")
				step, state, err := r.Connector.Begin(t.Context(), a)
				if err != nil {
					t.Fatal(err)
				}
				if _, failed := step.(connectors.Failed); !failed {
					step = r.Continue(t, a, state, r.Walk(t, step))
				}
				if got := connectortest.Outcome(step); got != "unavailable" {
					t.Errorf("%s (%s)", got, r.reason())
				}
				r.MustBeQuiet(t)
			})
		}
	}
}

func TestMetadata_serve_on_while_the_upstream_is_down(t *testing.T) {
	r := rigged(t, nil)
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	r.up.instead("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	r.up.pass(48 * time.Hour)
	before := r.up.asked("/.well-known/openid-configuration")
	for range 20 {
		connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	}
	if asked := r.up.asked("/.well-known/openid-configuration") - before; asked != 1 {
		t.Errorf("asked %d times although it failed just before", asked)
	}
	r.up.instead("/.well-known/openid-configuration", nil)
	r.up.Metadata = func(m claims) { m["authorization_endpoint"] = r.up.Issuer + "/authorize?moved=1" }
	r.up.pass(time.Minute)
	step, _ := r.Begin(t, r.Attempt("handle-1"))
	if query(t, step).Get("moved") != "1" {
		t.Error("it is back, and its new metadata are not used")
	}
}

func TestMetadata_are_fetched_once_by_many(t *testing.T) {
	r := rigged(t, nil)
	var legs sync.WaitGroup
	for range 32 {
		legs.Go(func() { _, _, _ = r.Connector.Begin(t.Context(), r.Attempt("handle")) })
	}
	legs.Wait()
	if asked := r.up.asked("/.well-known/openid-configuration"); asked != 1 {
		t.Errorf("fetched %d times", asked)
	}
}

func TestMetadata_are_refused(t *testing.T) {
	for name, spoil := range map[string]func(claims){
		"another issuer":         func(m claims) { m["issuer"] = "https://elsewhere.example" },
		"issuer with a slash":    func(m claims) { m["issuer"] = m["issuer"].(string) + "/" },
		"no token endpoint":      func(m claims) { delete(m, "token_endpoint") },
		"keys by http elsewhere": func(m claims) { m["jwks_uri"] = "http://elsewhere.example/jwks" },
		"a script as endpoint":   func(m claims) { m["authorization_endpoint"] = "javascript:alert(1)" },
		"a script as logout":     func(m claims) { m["end_session_endpoint"] = "javascript:alert(1)" },
		"a user in an endpoint":  func(m claims) { m["token_endpoint"] = "https://a@elsewhere.example/token" },
		"a number as issuer":     func(m claims) { m["issuer"] = 7 },
	} {
		r := rigged(t, nil)
		r.up.Metadata = spoil
		step, _, err := r.Connector.Begin(t.Context(), r.Attempt("handle-1"))
		if err != nil || connectortest.Outcome(step) != "unavailable" {
			t.Errorf("%s: %s %v", name, connectortest.Outcome(step), err)
		}
	}
}
