package sim

import (
	"sync"
	"time"
)

// shelf keeps short-lived things by an unguessable key. What has expired is gone, and swept out
// now and then, so that a long run does not grow.
type shelf[T any] struct {
	mu   sync.Mutex
	rows map[string]kept[T]
	puts int
}

type kept[T any] struct {
	value T
	until time.Time
}

const sweepEvery = 1000

func (s *shelf[T]) put(key string, value T, now time.Time, life time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lay(key, value, now, life)
}

// add is put for a key that must be new; it reports whether it was.
func (s *shelf[T]) add(key string, value T, now time.Time, life time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row, there := s.rows[key]; there && now.Before(row.until) {
		return false
	}
	s.lay(key, value, now, life)
	return true
}

func (s *shelf[T]) lay(key string, value T, now time.Time, life time.Duration) {
	if s.rows == nil {
		s.rows = map[string]kept[T]{}
	}
	s.rows[key] = kept[T]{value, now.Add(life)}
	if s.puts++; s.puts%sweepEvery != 0 {
		return
	}
	for k, row := range s.rows {
		if !now.Before(row.until) {
			delete(s.rows, k)
		}
	}
}

func (s *shelf[T]) get(key string, now time.Time) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[key]
	if !ok || !now.Before(row.until) {
		var none T
		return none, false
	}
	return row.value, true
}

// take is get, once: of several callers one gets the value.
func (s *shelf[T]) take(key string, now time.Time) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[key]
	delete(s.rows, key)
	if !ok || !now.Before(row.until) {
		var none T
		return none, false
	}
	return row.value, true
}
