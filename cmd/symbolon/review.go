package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

func (s *session) review() *cobra.Command {
	var all, asJSON, numbers bool
	var by string
	list := s.act("list", "List the cases that wait for somebody", 0, s.people(func(ctx context.Context, p hub.People, _ []string) error {
		return s.queue(ctx, p, all, asJSON)
	}))
	list.Flags().BoolVar(&all, "all", false, "also those that are over")
	list.Flags().BoolVar(&asJSON, "json", false, "for programs")
	show := s.act("show CASE", "Show a case, its persons, and how it can end", 1, s.people(func(ctx context.Context, p hub.People, args []string) error {
		if numbers && by == "" {
			return misused{errors.New("--numbers needs --by: the person sees who read their number")}
		}
		if !numbers {
			by = ""
		}
		return s.showCase(ctx, p, args[0], by)
	}))
	show.Flags().BoolVar(&numbers, "numbers", false, "open the persons' numbers; each of them sees that it was done")
	decide := s.act("decide CASE VERDICT", "Say how a case is to end; for tie, the person's number is read from standard input", 2,
		s.people(func(ctx context.Context, p hub.People, args []string) error {
			return s.decideCase(ctx, p, args[0], subject.Verdict(args[1]), by)
		}))
	report := s.act("report", "Open a case for two persons who may be one; their numbers are read from standard input, first the one that would stay", 0,
		s.people(func(ctx context.Context, p hub.People, _ []string) error { return s.report(ctx, p) }))
	for _, c := range []*cobra.Command{show, decide} {
		c.Flags().StringVar(&by, "by", "", "your name as an operator")
	}
	return group("review", "Decide what the matching of persons left to people", list, show, decide, report)
}

// people opens what commands on persons work on, and closes it.
func (s *session) people(do func(context.Context, hub.People, []string) error) func(context.Context, config.Config, []string) error {
	return func(ctx context.Context, c config.Config, args []string) error {
		stores, err := hub.OpenStores(ctx, c.Databases, nil)
		if err != nil {
			return err
		}
		people, err := hub.OpenPeople(ctx, c, stores)
		if err == nil {
			err = do(ctx, people, args)
		}
		return errors.Join(said(err), stores.Close())
	}
}

// said puts what an operator can mend into words.
func said(err error) error {
	for known, words := range map[error]string{
		subject.ErrNoCase:   "there is no case of this number",
		subject.ErrVerdict:  "the case cannot end so now; see: symbolon review show CASE",
		subject.ErrFourEyes: "another operator must say the same: nobody decides this alone",
		subject.ErrNobody:   "this installation knows nobody with this number",
		subject.ErrState:    "the persons do not stand so that this can be done",

		subject.ErrAppointed: "one of the persons works at an office: let a colleague end the appointment there, decide, and have them named anew",
	} {
		if errors.Is(err, known) {
			return errors.New(words)
		}
	}
	return err
}

// queued is one case for programs.
type queued struct {
	Case     string            `json:"case"`
	State    subject.CaseState `json:"state"`
	Reasons  []string          `json:"reasons"`
	Means    identity.Means    `json:"means,omitempty"`
	Opened   time.Time         `json:"opened"`
	Verdict  subject.Verdict   `json:"verdict,omitempty"`
	First    string            `json:"first,omitempty"`
	Second   string            `json:"second,omitempty"`
	Verdicts []subject.Verdict `json:"verdicts,omitempty"`
}

func (s *session) queue(ctx context.Context, p hub.People, all, asJSON bool) error {
	cases, err := p.Matcher.Queue(ctx, all)
	if err != nil {
		return err
	}
	rows := make([]queued, len(cases))
	for i, c := range cases {
		rows[i] = queued{c.Number, c.State, c.Reasons, c.Means, c.Opened, c.Verdict, c.First, c.Second, c.Verdicts()}
	}
	if asJSON {
		return s.json(rows)
	}
	if len(rows) == 0 {
		s.say("No case waits.")
		return nil
	}
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "CASE\tOPENED\tSTATE\tWHY\tMEANS\tVERDICT\tBY")
	for _, r := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Case, r.Opened.Format("2006-01-02 15:04"), r.State, strings.Join(r.Reasons, " "),
			orDash(string(r.Means)), orDash(string(r.Verdict)), orDash(strings.TrimSpace(r.First+" "+r.Second)))
	}
	return table.Flush()
}

func (s *session) showCase(ctx context.Context, p hub.People, number, by string) error {
	v, err := p.Matcher.View(ctx, number, by)
	if err != nil {
		return err
	}
	s.say("Case %s, opened %s, %s.", v.Number, v.Opened.Format(time.RFC3339), v.State)
	for _, reason := range v.Reasons {
		s.say("  Why: %s: %s.", reason, why(reason))
	}
	if v.Means != "" {
		s.say("  Means: %s.", v.Means)
	}
	if v.Verdict != "" {
		s.say("  Said so far: %s, by %s.", v.Verdict, strings.TrimSpace(v.First+" "+v.Second))
	}
	for i, person := range v.Persons {
		s.sayPerson([]string{"Person", "Other person", "Further person"}[min(i, 2)], person)
	}
	for _, person := range v.Alike {
		s.sayPerson("Has the name and birth date that were told (this proves nothing)", person)
	}
	for _, verdict := range v.Verdicts() {
		eyes := "one operator"
		if verdict.FourEyes() {
			eyes = "two operators"
		}
		s.say("  Can end with %s: %s (%s).", verdict, means(verdict), eyes)
	}
	return nil
}

func (s *session) sayPerson(what string, p subject.Seen) {
	s.say("  %s %s: %s, since %s.", what, p.Reference, p.State, p.Since.Date().Format(time.DateOnly))
	for _, n := range p.Numbers {
		value := n.Kind
		if !n.Value.IsZero() {
			value += "-" + n.Value.Reveal()
		}
		s.say("    number %s, %s", value, n.State)
	}
	for _, t := range p.Ties {
		state := "in use"
		if t.Ended != 0 {
			state = "ended " + t.Ended.Date().Format(time.DateOnly)
		}
		s.say("    way %s, %s, tied %s by %s, %s", t.Means, t.Level, t.Since.Date().Format(time.DateOnly), t.Method, state)
	}
}

func why(reason string) string {
	return map[string]string{
		subject.OtherNumber:     "a means that is tied to the person tells another number",
		subject.OtherName:       "the means tells another name or birth date, and no register confirms it",
		subject.OtherBirth:      "the birth date told is not the one in the number",
		subject.OtherRegistered: "the register answered about somebody else",
		subject.TwoPersons:      "the register says that the two are one human",
		subject.Duplicate:       "the two have name, birth date and a document in common, or were reported",
		subject.Unlinked:        "somebody whom no number names asked for a check; have them before you, with a document",
	}[reason]
}

func means(v subject.Verdict) string {
	return map[subject.Verdict]string{
		subject.Accept:   "these data are the person's; the next login with them is let in",
		subject.Untie:    "the account is somebody else's now; the tie ends",
		subject.MergeTwo: "the two become one, the first stays; it can be undone",
		subject.MakeNew:  "it is somebody we do not know; the next login makes them, with a local number",
		subject.TieTo:    "it is the person whose number you give on standard input; the next login ties them",
		subject.Refuse:   "nothing changes, and the same opens no other case",
		subject.Again:    "forget it; the next login is looked at anew",
		subject.Undo:     "part the two again",
	}[v]
}

func (s *session) decideCase(ctx context.Context, p hub.People, number string, v subject.Verdict, by string) error {
	if strings.TrimSpace(by) == "" {
		return misused{errors.New("--by is needed: your name as an operator")}
	}
	var target *identity.Identifier
	if v == subject.TieTo {
		id, err := s.number()
		if err != nil {
			return misused{err}
		}
		target = &id
	}
	done, err := p.Decide(ctx, number, v, target, strings.TrimSpace(by))
	switch {
	case err != nil:
		return err
	case done:
		s.say("Decided.")
	default:
		s.say("Noted. Another operator must say the same.")
	}
	return nil
}

func (s *session) report(ctx context.Context, p hub.People) error {
	lines := bufio.NewScanner(s.in)
	var ids []identity.Identifier
	for len(ids) < 2 && lines.Scan() {
		id, err := identity.ParseIdentifier(strings.TrimSpace(lines.Text()))
		if err != nil {
			return misused{err}
		}
		ids = append(ids, id)
	}
	if len(ids) < 2 {
		return misused{errors.New("two numbers are needed on standard input, a line each")}
	}
	number, err := p.Matcher.Report(ctx, ids[0], ids[1])
	if err != nil {
		return err
	}
	s.say("Case %s.", number)
	return nil
}
