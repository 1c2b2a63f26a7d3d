package portal

import (
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/provider/subject"
)

// Ways is the screen of the means that somebody logs in with.
type Ways struct {
	Done    string // what has just been done: end of a text key
	Wrong   string // why it could not be done: end of a text key
	All     []Way
	Gone    []Tie // taken off
	Closed  bool  // no further one is let in
	Devices bool  // offices hand something out, and there is a page for it
	Stopped bool  // nothing of what they handed out lets its owner in now
}

// Way is one means.
type Way struct {
	ID     string
	Name   string
	Icon   string
	Off    bool // it is switched off or not there any more
	Handed bool // what it reaches depends on what of it is used: the page of devices says it
	Ties   []Tie
	Last   string // "" for one that nobody logged in with yet
	Logins []Login
}

// Tie is one account at a means that is somebody's: two banks of one means are two.
type Tie struct {
	ID, Name, Since string
	Level           string // end of the level's text key
	Only            bool   // there is no other
	Ended           string
	UndoBy          string // "" if it cannot be brought back
	Stop            bool   // it ended with that on the word of which it was tied
}

// Login is one login with it.
type Login struct {
	When, Ref string
	Level     string // end of the level's text key
}

// mostShown is how many logins of one means are shown.
const mostShown = 10

// WaysOf gives the screen: what is tied to somebody now, the used last first, then what was never used;
// what they took off stands apart.
func WaysOf(used []login.Way, all []subject.Binding, done, wrong string, l Look) Ways {
	w := Ways{Done: known(done, wayDones()), Wrong: known(wrong, wayWrongs())}
	ties := map[identity.Means][]Tie{}
	var means []identity.Means
	for _, way := range used {
		means = append(means, way.Means)
	}
	for _, b := range all {
		if b.Ended != 0 {
			w.Gone = append(w.Gone, l.tie(b))
			continue
		}
		tie := l.tie(b)
		tie.Only = only(all, b)
		ties[b.Means] = append(ties[b.Means], tie)
		if !slices.Contains(means, b.Means) {
			means = append(means, b.Means)
		}
	}
	for _, m := range means {
		if len(ties[m]) == 0 && slices.ContainsFunc(all, func(b subject.Binding) bool { return b.Means == m }) {
			continue // all that was tied of it is taken off
		}
		i := slices.IndexFunc(used, func(way login.Way) bool { return way.Means == m })
		one := l.way(m)
		one.Ties = ties[m]
		if i >= 0 {
			one.Logins = l.logins(used[i])
			one.Last = one.Logins[0].When
		}
		w.All = append(w.All, one)
	}
	return w
}

func (l Look) way(m identity.Means) Way {
	one := Way{ID: string(m), Name: l.means(m), Off: true}
	for _, d := range l.Means {
		if d.ID == m {
			one.Icon, one.Off, one.Handed = d.Icon, d.Disabled, l.Handed != "" && d.Kind == l.Handed
		}
	}
	return one
}

func (l Look) logins(way login.Way) []Login {
	var all []Login
	for _, entry := range way.Logins[:min(len(way.Logins), mostShown)] {
		login := Login{When: l.moment(entry.At), Ref: entry.Ref, Level: entry.Text("level")}
		if _, err := identity.ParseLevel(login.Level); err != nil {
			login.Level = ""
		}
		all = append(all, login)
	}
	return all
}

// tie says what a tie is. Days are dates already: no zone turns them into the day before.
func (l Look) tie(b subject.Binding) Tie {
	t := Tie{ID: b.ID.String(), Name: l.means(b.Means), Since: l.Date(b.Since.Date()), Level: b.Level.String(), Stop: b.Stop}
	if b.Ended != 0 {
		t.Ended = l.Date(b.Ended.Date())
	}
	if b.UndoBy != 0 {
		t.UndoBy = l.Date(b.UndoBy.Date())
	}
	return t
}

// Change is the screen that asks whether one way is to be taken off, or brought back.
type Change struct {
	Tie
	Back   bool           // it is taken off, and may come back
	Late   bool           // it is taken off for good
	Own    bool           // the login at hand was by this means, and may end with it
	Left   identity.Level // the strongest that stays
	Weaker bool           // that is less than now
	Again  bool           // it is less than was said a moment ago: another tab took one off
	Need   identity.Level // how surely somebody must have logged in for it
}

// ChangeOf gives the screen for one of somebody's ways; by is the means of the login at hand.
func ChangeOf(all []subject.Binding, b subject.Binding, by identity.Means, wrong string, l Look) Change {
	left := subject.Left(all, b.ID)
	c := Change{Tie: l.tie(b), Left: left, Need: Need(all, b, b.Ended != 0)}
	if b.Ended != 0 {
		c.Back, c.Late = b.UndoBy != 0, b.UndoBy == 0
		return c
	}
	c.Only, c.Own, c.Weaker, c.Again = only(all, b), b.Means == by, left < subject.Strongest(all), wrong == "weaker"
	return c
}

// Need is how surely somebody must have logged in to change a way: as surely as the way itself lets
// them in to take it off, as surely as anything does to bring it back.
func Need(all []subject.Binding, b subject.Binding, back bool) identity.Level {
	if back {
		return subject.Strongest(all)
	}
	return b.Level
}

func only(all []subject.Binding, b subject.Binding) bool {
	return subject.Left(all, b.ID) == identity.None
}

func wayDones() []string  { return []string{"off", "back", "closed", "opened"} }
func wayWrongs() []string { return []string{"none", "late"} }
