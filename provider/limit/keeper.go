package limit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

// Keeper says whether one more try is within a rule. What is counted by (an address, a name)
// leaves it only as an HMAC under a key that changes every day, so that the rows of two days
// cannot be put together. Counts are shared by all replicas; a refusal is also remembered here
// until its window ends, so that a flood costs no writes.
type Keeper struct {
	Store Store
	Key   [32]byte // the installation's limit key
	Now   func() time.Time

	mu      sync.Mutex
	refused map[[32]byte]time.Time // until when
}

// most is how many refusals are remembered; beyond it the store is asked again.
const most = 10_000

// Allow counts one try. If it is one too many it says no, and after how long to come again. A rule
// that allows nothing allows nothing.
func (k *Keeper) Allow(ctx context.Context, rule Rule, key string) (ok bool, after time.Duration, err error) {
	now := k.Now()
	after = rest(now, rule.Per)
	if rule.Most <= 0 || rule.Per <= 0 {
		return false, after, nil
	}
	digest := k.digest(rule, key, now)
	if k.isRefused(digest, now) {
		return false, after, nil
	}
	count, err := k.Store.Count(ctx, rule, digest)
	if err != nil {
		return false, 0, fmt.Errorf("limit %s: %w", rule.Name, err)
	}
	if count <= rule.Most {
		return true, 0, nil
	}
	k.refuse(digest, now, now.Add(after))
	return false, after, nil
}

// digest hides the key under the key of the day.
func (k *Keeper) digest(rule Rule, key string, now time.Time) [32]byte {
	day := hmacOf(k.Key[:], "symbolon limit "+now.UTC().Format(time.DateOnly))
	return hmacOf(day[:], rule.Name+"\x00"+key)
}

func hmacOf(key []byte, text string) [32]byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return [32]byte(mac.Sum(nil))
}

func (k *Keeper) isRefused(digest [32]byte, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	until, ok := k.refused[digest]
	if ok && !now.Before(until) {
		delete(k.refused, digest)
		return false
	}
	return ok
}

func (k *Keeper) refuse(digest [32]byte, now, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refused == nil {
		k.refused = map[[32]byte]time.Time{}
	}
	if len(k.refused) >= most {
		for d, until := range k.refused {
			if !now.Before(until) {
				delete(k.refused, d)
			}
		}
	}
	if len(k.refused) < most {
		k.refused[digest] = until
	}
}

// rest is what is left of the window: windows begin at whole multiples of their length since 1970.
func rest(now time.Time, per time.Duration) time.Duration {
	if per <= 0 {
		return 0
	}
	return per - time.Duration(now.UnixNano()%int64(per))
}
