package mandate

import (
	"errors"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func who(t *testing.T, usage byte, number string) Person {
	t.Helper()
	id, err := identity.ParseIdentifier(number)
	if err != nil {
		t.Fatal(err)
	}
	return Person{identity.UsageID{usage}, id}
}

func family(t *testing.T) (parent, child Person) {
	return who(t, 1, "PNOPL-84041990041"), who(t, 2, "PNOPL-12310590043")
}

func related(child Person) register.Relation {
	return register.Relation{
		ID: identity.Hide("R-1"), Kind: register.Parent, Scope: []register.RelationScope{register.Everything}, Since: noon().AddDate(-1, 0, 0),
		Other: register.Relative{Identifiers: []identity.Identifier{child.Number}},
	}
}

func TestOf_who_may_act_for_whom_and_until_when(t *testing.T) {
	parent, child := family(t)
	school := []register.RelationScope{register.Education}
	for _, row := range []struct {
		name   string
		change func(*register.Relation)
		actor  Person
		fields []register.RelationScope
		born   string
		until  string // "" for no end; "never" for no mandate
	}{
		{"a parent, until the child is of age", nil, parent, school, "2012-11-05", "2030-11-05"},
		{"until the relation ends, if that is sooner", func(r *register.Relation) { r.Until = noon().AddDate(1, 0, 0) }, parent, school, "2012-11-05", "2027-11-24"},
		{"the day before", nil, parent, school, "2008-11-25", "2026-11-25"},
		{"on the day", nil, parent, school, "2008-11-24", "never"},
		{"born in a leap year", nil, parent, school, "2012-02-29", "2030-03-01"},
		{"the month is not known: perhaps in January", nil, parent, school, "2012-00-00", "2030-01-01"},
		{"the year is not known", nil, parent, school, "", "never"},
		{"rubbish for a date", nil, parent, school, "twenty", "never"},
		{"a guardian", func(r *register.Relation) { r.Kind = register.LegalGuardian }, parent, school, "2012-11-05", "2030-11-05"},
		{"a curator of an adult", func(r *register.Relation) { r.Kind = register.Curator }, parent, school, "1950-01-01", ""},
		{"a kind that nobody knows", func(r *register.Relation) { r.Kind = "neighbour" }, parent, school, "2012-11-05", "never"},
		{"the zero relation", func(r *register.Relation) { *r = register.Relation{} }, parent, school, "2012-11-05", "never"},
		{"without an id", func(r *register.Relation) { r.ID = identity.Secret{} }, parent, school, "2012-11-05", "never"},
		{"not yet", func(r *register.Relation) { r.Since = noon().Add(time.Second) }, parent, school, "2012-11-05", "never"},
		{"not any more", func(r *register.Relation) { r.Until = noon() }, parent, school, "2012-11-05", "never"},
		{"a field that it does not reach over", func(r *register.Relation) { r.Scope = []register.RelationScope{register.Health} }, parent, school, "2012-11-05", "never"},
		{"a party that deals in nothing", nil, parent, nil, "2012-11-05", "never"},
		{"somebody for themselves", nil, child, school, "2012-11-05", "never"},
		{"nobody", nil, Person{}, school, "2012-11-05", "never"},
	} {
		r := related(child)
		if row.change != nil {
			row.change(&r)
		}
		m, err := Of(r, row.actor, child, row.fields, row.born, noon())
		switch {
		case row.until == "never":
			if !errors.Is(err, ErrNone) || !m.Relation.IsZero() {
				t.Errorf("%s: %v", row.name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.until == "" && !m.Until.IsZero(), row.until != "" && m.Until.Format(time.DateOnly) != row.until:
			t.Errorf("%s: until %s", row.name, m.Until)
		}
	}
}

func TestBorne_only_by_the_very_relation_as_it_was(t *testing.T) {
	parent, child := family(t)
	m, err := Of(related(child), parent, child, []register.RelationScope{register.Education}, "2012-11-05", noon())
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		change func(*register.Relation)
		at     time.Time
		want   bool
	}{
		"as it was":                {func(*register.Relation) {}, noon(), true},
		"another relation":         {func(r *register.Relation) { r.ID = identity.Hide("R-2") }, noon(), false},
		"of another kind":          {func(r *register.Relation) { r.Kind = register.Curator }, noon(), false},
		"with somebody else":       {func(r *register.Relation) { r.Other.Identifiers = []identity.Identifier{parent.Number} }, noon(), false},
		"a narrower one":           {func(r *register.Relation) { r.Scope = []register.RelationScope{register.Health} }, noon(), false},
		"an ended one":             {func(r *register.Relation) { r.Until = noon() }, noon(), false},
		"of age since":             {func(*register.Relation) {}, time.Date(2030, 11, 5, 0, 0, 0, 0, time.UTC), false},
		"one number more, the old": {func(r *register.Relation) { r.Other.Identifiers = append(r.Other.Identifiers, parent.Number) }, noon(), true},
	} {
		r := related(child)
		row.change(&r)
		if m.Borne(register.Relations{List: []register.Relation{r}}, row.at) != row.want {
			t.Errorf("%s: not %v", name, row.want)
		}
	}
	if m.Borne(register.Relations{}, noon()) || (Mandate{}).Borne(register.Relations{List: []register.Relation{related(child)}}, noon()) {
		t.Error("nothing bears a mandate out, or a mandate that is none is borne out")
	}
	q := m.Question(register.ForStanding)
	if q.Of != parent.Number || q.With != child.Number || q.Side != register.Represents || q.Purpose != register.ForStanding {
		t.Error("the question is another one")
	}
}

func TestExposeAndUnseal(t *testing.T) {
	parent, child := family(t)
	m, err := Of(related(child), parent, child, []register.RelationScope{register.Education, register.Health}, "2012-11-05", noon())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := m.Expose()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Unseal(raw)
	if err != nil || again.Actor != m.Actor || again.For != m.For || again.Relation != m.Relation || again.Kind != m.Kind || len(again.Fields) != 2 || !again.Until.Equal(m.Until) {
		t.Errorf("%v", err)
	}
	for _, broken := range []string{"", "null", "[]", `{"actor_is":"x"}`, strings.Replace(string(raw), "84041990041", "84041990042", 1), strings.Replace(string(raw), "12310590043", "", 1)} {
		if _, err := Unseal([]byte(broken)); err == nil || strings.Contains(err.Error(), "84041990") {
			t.Errorf("%.20s: %v", broken, err)
		}
	}
}
