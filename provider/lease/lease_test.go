package lease

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

var (
	errQueue = errors.New("test: the queue is away")
	errDo    = errors.New("test: it cannot be settled")
)

// line is a queue of numbers, with when each look was taken.
type line struct {
	began  time.Time
	due    [][]int // what the looks give, one after the other; then nothing
	fails  int     // so many looks fail first
	done   []int
	looked []time.Duration
	failed []error
	stop   context.CancelFunc
	looks  int // after so many the program is asked to stop
}

func (l *line) queue() Queue[int] {
	return Queue[int]{
		Batch: 2, Pause: time.Second,
		Lease: func(context.Context) ([]int, error) {
			if l.looked = append(l.looked, time.Since(l.began)); len(l.looked) == l.looks {
				l.stop()
			}
			if l.fails > 0 {
				l.fails--
				return nil, errQueue
			}
			if len(l.due) == 0 {
				return nil, nil
			}
			next := l.due[0]
			l.due = l.due[1:]
			return next, nil
		},
		Do:     func(_ context.Context, one int) error { l.done = append(l.done, one); return nil },
		Failed: func(_ context.Context, err error) { l.failed = append(l.failed, err) },
	}
}

// run works until so many looks were taken.
func (l *line) run(t *testing.T, change func(*Queue[int])) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		l.stop, l.began = stop, time.Now()
		q := l.queue()
		if change != nil {
			change(&q)
		}
		q.Run(ctx)
	})
}

func TestAQueueIsLookedAtAgain(t *testing.T) {
	const s = time.Second
	for name, tt := range map[string]struct {
		line   line
		change func(*Queue[int])
		looked []time.Duration
		done   []int
		failed int
	}{
		"nothing is due":             {line: line{looks: 3}, looked: []time.Duration{0, s, 2 * s}},
		"a full batch, and the rest": {line: line{due: [][]int{{1, 2}, {3}}, looks: 3}, looked: []time.Duration{0, 0, s}, done: []int{1, 2, 3}},
		"the queue is away, and comes back": {
			line: line{fails: 2, due: [][]int{{1}}, looks: 4}, looked: []time.Duration{0, s, 2 * s, 3 * s}, done: []int{1}, failed: 2,
		},
		"something cannot be settled": {
			line: line{due: [][]int{{1, 2}}, looks: 2}, looked: []time.Duration{0, s}, failed: 1,
			change: func(q *Queue[int]) { q.Do = func(context.Context, int) error { return errDo } },
		},
		"it is woken": {
			line: line{due: [][]int{nil, {1}}, looks: 3}, looked: []time.Duration{0, s / 2, s + s/2}, done: []int{1},
			change: func(q *Queue[int]) {
				wake := make(chan struct{})
				time.AfterFunc(s/2, func() { wake <- struct{}{} })
				q.Wake = wake
			},
		},
		"something is handed over, and something too late": {
			line: line{looks: 2}, looked: []time.Duration{0, s}, done: []int{1},
			change: func(q *Queue[int]) {
				handed := make(chan int)
				time.AfterFunc(s/2, func() { handed <- 1; handed <- 9 })
				q.Handed, q.Late = handed, func(one int) bool { return one > 5 }
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := tt.line
			l.run(t, tt.change)
			if !slices.Equal(l.looked, tt.looked) || !slices.Equal(l.done, tt.done) || len(l.failed) != tt.failed {
				t.Errorf("looked at %v, did %v, failed with %v", l.looked, l.done, l.failed)
			}
		})
	}
}

func TestARoundEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Queue[int], context.CancelFunc)
		took   int
		err    error
	}{
		"with all that was due":     {func(*Queue[int], context.CancelFunc) {}, 3, nil},
		"before what might be late": {func(q *Queue[int], _ context.CancelFunc) { q.Late = func(one int) bool { return one == 3 } }, 2, nil},
		"where the program is to stop": {func(q *Queue[int], stop context.CancelFunc) {
			q.Do = func(context.Context, int) error { stop(); return nil }
		}, 1, context.Canceled},
		"where something is not settled": {func(q *Queue[int], _ context.CancelFunc) { q.Do = func(context.Context, int) error { return errDo } }, 0, errDo},
		"at once where the queue is away": {func(q *Queue[int], _ context.CancelFunc) {
			q.Lease = func(context.Context) ([]int, error) { return nil, errQueue }
		}, 0, errQueue},
		"at once where nothing is left to": {func(q *Queue[int], stop context.CancelFunc) { stop() }, 0, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			l := line{due: [][]int{{1, 2, 3}}, stop: stop}
			q := l.queue()
			tt.change(&q, stop)
			if took, err := q.Round(ctx); took != tt.took || !errors.Is(err, tt.err) {
				t.Errorf("took on %d, %v", took, err)
			}
		})
	}
}

func TestWaitsGrowAndEnd(t *testing.T) {
	for attempts, want := range map[int]time.Duration{0: 5, 1: 5, 2: 10, 4: 40, 5: 50, 1000: 50} {
		if got := Wait(attempts, 5, 50); got != want {
			t.Errorf("after %d attempts: %d, want %d", attempts, got, want)
		}
	}
}
