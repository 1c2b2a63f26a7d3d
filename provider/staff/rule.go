package staff

import (
	"errors"
	"time"
)

// officeOff is why an appointment at an office that is switched off counts as locked.
const officeOff = "office_off"

// dailyCap is why a counter locks.
const dailyCap = "daily_cap"

// ErrAge says that somebody is below the age from which people work at a desk.
var ErrAge = errors.New("staff: nobody under 18 works at a desk")

// relock is how soon a second lock takes more than a local administrator to undo.
const relock = 7 * 24 * time.Hour

// mayLock says whether one member may lock or end another. Anybody may be stopped by a colleague
// who has the right; nobody stops themselves, so that a lock always has two names. Who watches over an institution is
// stopped, and let in again, by those who watch alone: not by whom they watch over (means.md §4.2).
func mayLock(by, whom Member, sameInstitution bool) error {
	switch {
	case by.State != Active:
		return ErrLocked
	case !by.Role.May(Lock):
		return ErrNobody
	case by.Person == whom.Person:
		return ErrSelf
	case by.Office != "" && !sameInstitution, whom.Role == SecurityOfficer && by.Role != SecurityOfficer:
		return ErrNobody
	default:
		return nil
	}
}

// mayUnlock is mayLock, and who was locked twice within a week, by whatever appointment, is only let in by a
// security officer.
func mayUnlock(by, whom Member, sameInstitution bool) error {
	if err := mayLock(by, whom, sameInstitution); err != nil {
		return err
	}
	again := !whom.Before.IsZero() && whom.Lock.Sub(whom.Before) < relock
	if again && by.Role != SecurityOfficer {
		return ErrSecond
	}
	return nil
}

// LetsIn reports whether somebody may let a locked colleague of their own institution in again.
func LetsIn(by, whom Member) bool { return mayUnlock(by, whom, true) == nil }

// Removed reports whether somebody ended an appointment, or locked it: a counter that is full and an office that is off
// say nothing of who works there.
func Removed(m Member) bool {
	return m.State == Ended || m.State == Locked && m.Why != dailyCap && m.Why != officeOff
}

// Lockable reports whether an appointment may be locked: one that a full counter locked, too, which keeps nothing of what
// its holder handed out from going on.
func Lockable(m Member) bool { return m.State == Active || atCap(m) }

func atCap(m Member) bool { return m.State == Locked && m.Why == dailyCap }

// Usable says whether an appointment may be used for an act: nil, ErrLocked or ErrNobody.
func Usable(m Member, act Act) error {
	switch {
	case m.State == Locked:
		return ErrLocked
	case m.State != Active || !m.Role.May(act):
		return ErrNobody
	default:
		return nil
	}
}
