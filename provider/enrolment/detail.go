package enrolment

import (
	"slices"
	"strings"

	"symbolon/provider/journal"
)

// Detail is one code that an entry about a case holds, and the list that it is from: its text stands under
// "desk.LIST.CODE".
type Detail struct{ List, Code string }

// details are the closed lists of what may stand in an entry about a case, by the list. Free text stands in none.
func details() map[string][]string {
	lists := map[string][]string{
		"answer":        {"found", "not_found", noSuchDocument, "no_answer", "refused", "other_case", outcomeGuardian, noGuardian},
		"asked":         {"documents", "application", "picture", "relations", "person"},
		"alarmed":       {"second_device", "spent_code", "code_guessed", "document", "ways_closed", ClerkStopped, ByOfficer, "match", "match_failed", NotMe, "check", "second_half", "half_failed", "contact", "phone_key", "phone_used", "person", NotGiven},
		"ended":         slices.Concat(Relieving(), Stopping(), []string{OnlyTakenUp, OnlyStopped, PhoneLost, OtherTakesUp, ByOfficer, "not_found", "person", "other_case", NotEnough, "left_alone", NotMe, NotGiven, Mistyped}),
		"decided":       Deciding(),
		"mode":          {string(AtDesk), string(AtHome)},
		"basis":         {string(ByRegister), string(ByDocument), string(Emergency)},
		"guardian.kind": {"parent", "legal_guardian"},
		"doubt":         Doubts(),
		"reading":       Inquiring(),
		"joining":       append(joiningReasons(), ByHelpLine),
		"takes_up":      {only(true)},
		"browser":       Browsers(),
		"channel":       channels(),
		"attestation":   attestations(),
		"mechanism":     {"certified", "attested", "bound", "synced", "totp", "codes"},
		"place":         {placeOf(true)},
		"trail.act":     {"take", string(actTerms), string(actCounter), "match", "second_half", string(AskContact), string(ConfirmContact), string(Guard), string(Correct), string(Print), string(Reissue), string(Rescan), string(Suspend), string(Allow), string(TakeUp), string(Lift), string(Evidence), string(StopOld), string(StopTaken)}, // after which a case may stand as before, or which say more than where it stands
	}
	for _, c := range checks() {
		lists["check"] = append(lists["check"], string(c))
	}
	for _, g := range lookUpGuards() {
		lists["answer"], lists["ended"] = append(lists["answer"], g.code), append(lists["ended"], g.code)
	}
	for _, o := range Outcomes() {
		lists["outcome"] = append(lists["outcome"], string(o))
	}
	for _, p := range Purposes() {
		lists["purpose"] = append(lists["purpose"], string(p))
	}
	for _, f := range EveryFlag() {
		lists["flag"] = append(lists["flag"], string(f))
	}
	return lists
}

// EveryDetail gives all that there are.
func EveryDetail() []Detail {
	var all []Detail
	for list, codes := range details() {
		slices.Sort(codes)
		for _, code := range slices.Compact(codes) {
			all = append(all, Detail{list, code})
		}
	}
	return all
}

// Deciding are the reasons of a second clerk: the first where they agree, one of the others where they refuse. Each
// has a text under "desk.decided.CODE".
func Deciding() []string {
	return []string{"agree", "photo", "document", "story", "pressure", "relative"}
}

// Mistyped is the reason of a second clerk that accuses nobody: the case ends as one that was opened by mistake, and a
// doubt of its clerk's, which was about somebody else, speaks against nobody any more.
const Mistyped = "mistyped"

// Declining are the reasons for which a second clerk does not agree. Each has a text under "desk.decide.why.CODE".
func Declining() []string { return append(Deciding()[1:], Mistyped) }

// Declines are those of a case: where no document was shown, nothing is wrong with one.
func (c Case) Declines() []string {
	none := func(document string) bool { return document == "" || document == NoDocument }
	if none(c.Document) && none(c.Work.Guardian.Document) {
		return slices.DeleteFunc(Declining(), func(why string) bool { return why == "document" })
	}
	return Declining()
}

// detailsOf gives the codes of an entry, what says most first.
func detailsOf(e journal.Entry) []Detail {
	var all []Detail
	switch {
	case byOperator(e):
		all = append(all, Detail{"joining", ByHelpLine})
	case e.Kind == journal.Joined:
		all = append(all, Detail{"joining", joiningWhy(e.Text("why"))})
	}
	for _, f := range fieldsOf(e) {
		for code := range strings.FieldsSeq(e.Text(f[0])) {
			all = append(all, Detail{f[1], code})
		}
	}
	return all
}

// fieldsOf names the fields of an entry that hold codes, each with the list of its codes. What document was "shown" is of no
// list here: which there are, the registers say.
func fieldsOf(e journal.Entry) [][2]string {
	switch e.Kind {
	case journal.LookedUp, journal.LookingUp:
		return [][2]string{{"outcome", "answer"}, {"answer", "answer"}, {"purpose", "purpose"}}
	case journal.RegisterAsked:
		return [][2]string{{"register", "asked"}}
	case journal.CaseAlarm:
		return [][2]string{{"what", "alarmed"}}
	case journal.CaseRead:
		return [][2]string{{"purpose", "reading"}}
	case journal.CaseJudged:
		return [][2]string{{"outcome", "outcome"}}
	case journal.CaseStep:
		why := "ended"
		switch Act(e.Text("act")) {
		case Accept, Reject:
			why = "decided"
		case Freeze:
			why = "alarmed"
		}
		return [][2]string{{"why", why}, {"mode", "mode"}, {"basis", "basis"}, {"relation", "guardian.kind"}, {"document", "shown"}, {"checks", "check"}, {"doubt", "doubt"}, {"takes_up", "takes_up"}, {"flags", "flag"}, {"purpose", "purpose"}, {"place", "place"}, {"browser", "browser"}, {"channel", "channel"}, {"mechanism", "mechanism"}, {"attestation", "attestation"}}
	default:
		return nil
	}
}
