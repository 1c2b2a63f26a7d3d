package crowdtest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

const (
	kills = 2  // and one answer that is lost: a case's code may be given anew three times
	turns = 28 // requests of a visit that goes well
)

// slaughter kills the hub while visits run, at moments that nobody chose.
type slaughter struct {
	steps atomic.Int64  // taken by all visits together
	next  atomic.Int64  // the step at which the hub is killed
	kill  chan struct{} // one at a time
	up    sync.RWMutex  // held for writing while there is no hub
	cut   atomic.Int64  // answers that never arrived
}

// again chooses the next moment; a visit has turns of them.
func (s *slaughter) again() { s.next.Store(s.steps.Load() + many*5 + rand.Int64N(many*6)) }

// persistent is a browser whose owner sends again what got no answer: the same request, as a page that is loaded
// anew sends its form.
type persistent struct {
	*slaughter
	lose *atomic.Int64 // answers until one is lost on its way back
	next http.RoundTripper
}

var errLost = errors.New("the answer is lost")

// RoundTrip counts a step and asks until there is a whole answer.
func (p persistent) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.steps.Add(1) == p.slaughter.next.Load() {
		p.kill <- struct{}{}
	}
	var failed error
	for range most {
		p.up.RLock()
		p.up.RUnlock() //nolint:staticcheck // waits until there is a hub
		again := r.Clone(r.Context())
		if r.GetBody != nil {
			body, err := r.GetBody()
			if err != nil {
				return nil, err
			}
			again.Body = body
		}
		answer, err := whollyRead(p.next.RoundTrip(again))
		if err == nil && p.lose.Add(-1) == 0 {
			err = errLost
		}
		if err == nil {
			return answer, nil
		}
		p.cut.Add(1)
		if failed = err; r.Context().Err() != nil {
			break
		}
	}
	return nil, failed
}

// whollyRead reads an answer to its end, which a kill may cut off.
func whollyRead(answer *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// Kill -9 in the middle of a hundred visits, and of each visit one answer that is lost though the hub did what it was
// asked, another one each: everybody goes on from where they were, the last request sent again; nobody is enrolled
// twice, and nobody by half.
func TestHundredDesksKilledInTheMiddle(t *testing.T) {
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		w.Employ(t)
		if err := w.Replicas[0].Stop(); err != nil {
			t.Fatal(err)
		}
		before := persons(t, w)
		s := &slaughter{kill: make(chan struct{}, 1)}
		hub := w.Spawn(t)
		all := visitors(t, w)
		for n, v := range all {
			lose := &atomic.Int64{}
			lose.Store(int64(n%turns) + 1)
			for _, b := range []*hubtest.Browser{v.desk, v.phone} {
				b.Through(func(next http.RoundTripper) http.RoundTripper { return persistent{s, lose, next} })
			}
		}
		s.again()
		ended, killed := make(chan struct{}), 0
		go func() {
			defer close(ended)
			atOnce(all, func(v *visitor) { v.enrol(t) })
		}()
		for alive := true; alive; {
			select {
			case <-ended:
				alive = false
			case <-s.kill:
				s.up.Lock()
				hub.Kill()
				hub = w.Spawn(t)
				if killed++; killed < kills {
					s.again()
				}
				s.up.Unlock()
			}
		}
		t.Logf("%d kills cut %d answers off; %d codes were given anew", killed, s.cut.Load(), anew(t, w))
		if t.Failed() {
			return
		}
		if killed < kills || s.cut.Load() < many/10 {
			t.Errorf("%d kills and %d answers cut off prove little", killed, s.cut.Load())
		}
		hub.Stop()
		w.Shift(10 * time.Minute) // messages that a killed process had taken on are free again
		w.Join()
		w.Use(len(w.Replicas) - 1)
		whole(t, w, all, before)
		onRecord(t, w)
	}, append(office(many*most, many*most), hubtest.WithPhone(t, nil))...)
}

// onRecord holds that nothing was done that is not counted and on record: a kill may take the act, never its count.
func onRecord(t *testing.T, w *hubtest.World) {
	t.Helper()
	steps := steps(t, w)
	asked := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM journal WHERE kind = 'looking_up'")
	if looks := counted(t, w, staff.LookUp); looks < asked || asked < steps[enrolment.LookUp] {
		t.Errorf("%d look-ups are counted, %d on record, %d found somebody", looks, asked, steps[enrolment.LookUp])
	}
	if codes := counted(t, w, staff.HandOver); codes < steps[enrolment.HandOver] || steps[enrolment.HandOver] != many || steps[enrolment.Reissue] != anew(t, w) {
		t.Errorf("%d hand-overs are counted, %d on record; %d codes anew on record", codes, steps[enrolment.HandOver], steps[enrolment.Reissue])
	}
	if claims := steps[enrolment.Claim]; claims < many || claims > steps[enrolment.HandOver]+steps[enrolment.Reissue] {
		t.Errorf("%d claims of %d codes", claims, steps[enrolment.HandOver]+steps[enrolment.Reissue])
	}
}
