package register

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
)

const family = `{"identifiers":["PNOPL-84041990041"],"more":false,"as_of":"2026-11-24T11:59:30Z","relations":[
 {"id":"R-77001","kind":"parent","scope":["all"],"since":"2012-11-05T00:00:00Z","until":"2030-11-05T00:00:00Z",
  "person":{"identifiers":["PNOPL-12310590043"],"given_name":"Jagoda","birth_year":2012}}]}`

func asked(t *testing.T, with string) RelationQuestion {
	q := RelationQuestion{Of: number(t, "PNOPL-84041990041"), Side: Represents, Purpose: ForLogin}
	if with != "" {
		q.With = number(t, with)
	}
	return q
}

func TestRelations_are_asked_with_their_purpose_and_told_with_whom_they_are(t *testing.T) {
	c := asking(t, func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		if r.URL.String() != "/v1/relations" || string(question) != `{"identifier":"PNOPL-84041990041","purpose":"login","side":"represents","with":"PNOPL-12310590043"}` {
			t.Errorf("%s %s", r.URL, question)
		}
		says(http.StatusOK, family)(w, r)
	})
	got, err := c.Relations(t.Context(), asked(t, "PNOPL-12310590043"))
	if err != nil || len(got.List) != 1 || got.More {
		t.Fatalf("%v %v", got, err)
	}
	r := got.List[0]
	if r.ID.Reveal() != "R-77001" || r.Kind != Parent || r.Other.GivenName.Reveal() != "Jagoda" || r.Other.BirthYear != 2012 ||
		r.Other.Identifiers[0].Reveal() != "PNOPL-12310590043" || r.Since.Year() != 2012 || r.Until.Year() != 2030 {
		t.Error("the relation is told wrongly")
	}
	if printed := fmt.Sprintf("%+v %#v %v", got, got, r); strings.Contains(printed, "Jagoda") || strings.Contains(printed, "12310590043") || strings.Contains(printed, "77001") {
		t.Error("a relation prints whom it is with")
	}
}

func TestRelations_none_is_the_registers_word_and_no_answer_is_neither(t *testing.T) {
	none := asking(t, says(http.StatusOK, `{"identifiers":["PNOPL-84041990041"],"relations":[],"more":false,"as_of":"2026-11-24T11:59:30Z"}`))
	if got, err := none.Relations(t.Context(), asked(t, "")); err != nil || len(got.List) != 0 {
		t.Errorf("%v %v", got, err)
	}
	nobody := asking(t, says(http.StatusNotFound, `{"error":"not_found"}`))
	if _, err := nobody.Relations(t.Context(), asked(t, "")); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	swap := func(old, new string) http.HandlerFunc {
		return says(http.StatusOK, strings.Replace(family, old, new, 1))
	}
	row := family[strings.Index(family, `{"id"`) : len(family)-2]
	for name, answer := range map[string]http.HandlerFunc{
		"down":                   says(http.StatusServiceUnavailable, `{"error":"down"}`),
		"no list":                swap(`"relations":[`, `"relations":null,"x":[`),
		"silent about more":      swap(`"more":false,`, ``),
		"of an hour ago":         swap(`T11:59:30Z`, `T10:59:30Z`),
		"of tomorrow":            swap(`24T11:59:30Z`, `25T11:59:30Z`),
		"about somebody else":    swap(`"identifiers":["PNOPL-84041990041"]`, `"identifiers":["PNOPL-87022290019"]`),
		"with themselves":        swap(`PNOPL-12310590043`, `PNOPL-84041990041`),
		"the same twice":         swap(row, row+","+row),
		"without an id":          swap(`R-77001`, ``),
		"an id without end":      swap(`R-77001`, strings.Repeat("R", 201)),
		"since never":            swap(`"since":"2012-11-05T00:00:00Z",`, ``),
		"with nobody":            swap(`["PNOPL-12310590043"]`, `[]`),
		"with a broken number":   swap(`PNOPL-12310590043`, `PNOPL-12310590044`),
		"without a name":         swap(`Jagoda`, ` `),
		"a name that turns text": swap(`Jagoda`, "Jag\u202eoda"),
		"born tomorrow":          swap(`2012}`, `2031}`),
		"more than fits":         swap(row, strings.TrimSuffix(strings.Repeat(row+",", 51), ",")),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := asking(t, answer).Relations(t.Context(), asked(t, ""))
			if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrNotFound) || len(got.List) != 0 {
				t.Fatalf("%v", err)
			}
			for _, private := range []string{"12310590043", "Jagoda", "77001"} {
				if strings.Contains(err.Error(), private) {
					t.Errorf("the error tells: %v", err)
				}
			}
		})
	}
}

func TestAttack_UF_05_a_relation_with_somebody_who_was_not_asked_about_is_refused(t *testing.T) {
	c := asking(t, says(http.StatusOK, family))
	if got, err := c.Relations(t.Context(), asked(t, "PNOPL-91050390124")); !errors.Is(err, ErrUnavailable) || len(got.List) != 0 {
		t.Errorf("%v %v", got, err)
	}
}

func TestRelations_of_a_kind_or_scope_that_nobody_knows_let_nobody_do_anything(t *testing.T) {
	for _, change := range [][2]string{{`"parent"`, `"neighbour"`}, {`["all"]`, `["everything"]`}, {`["all"]`, `[]`}} {
		c := asking(t, says(http.StatusOK, strings.Replace(family, change[0], change[1], 1)))
		if got, err := c.Relations(t.Context(), asked(t, "")); err != nil || len(got.List) != 0 {
			t.Errorf("%s: %v %v", change[1], got, err)
		}
	}
}

func TestRelation_covers_what_it_reaches_over_while_it_holds(t *testing.T) {
	now := noon()
	all := Relation{Scope: []RelationScope{Everything}, Since: now}
	some := Relation{Scope: []RelationScope{Education, Health}, Since: now.Add(-time.Hour), Until: now.Add(time.Second)}
	for _, row := range []struct {
		name   string
		r      Relation
		at     time.Time
		fields []RelationScope
		want   bool
	}{
		{"a parent, in everything", all, now, []RelationScope{Education, Property}, true},
		{"nothing asked", all, now, nil, false},
		{"before it begins", all, now.Add(-time.Nanosecond), []RelationScope{Education}, false},
		{"a curator, within the scope", some, now, []RelationScope{Education}, true},
		{"a curator, in one of two", some, now, []RelationScope{Education, Property}, false},
		{"a curator, in everything", some, now, []RelationScope{Everything}, false},
		{"at its end", some, now.Add(time.Second), []RelationScope{Education}, false},
		{"the zero relation", Relation{}, now, []RelationScope{Education}, false},
	} {
		if row.r.Covers(row.at, row.fields...) != row.want {
			t.Errorf("%s: not %v", row.name, row.want)
		}
	}
}

func FuzzRelationsAnswer(f *testing.F) {
	f.Add([]byte(family))
	f.Add([]byte(`{"identifiers":["PNOPL-84041990041"],"relations":[{}],"more":true}`))
	of, _ := identity.ParseIdentifier("PNOPL-84041990041")
	with, _ := identity.ParseIdentifier("PNOPL-12310590043")
	f.Fuzz(func(t *testing.T, body []byte) {
		var answer relationsAnswer
		if decode(body, &answer) != nil {
			return
		}
		told, err := answer.relations(RelationQuestion{Of: of, Side: Represents, With: with, Purpose: ForStanding}, noon())
		for _, r := range told.List {
			if err != nil || r.ID.IsZero() || r.Since.IsZero() || len(r.Scope) == 0 || !slices.Contains(r.Other.Identifiers, with) || slices.Contains(r.Other.Identifiers, of) {
				t.Errorf("told of %v, %v", r.Kind, err)
			}
		}
	})
}
