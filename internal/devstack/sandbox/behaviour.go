package sandbox

import (
	"fmt"
	"slices"
	"sync"
)

// Mode is a way to misbehave.
type Mode string

// The modes. "Before" means that the message is not taken, "after" that it is.
const (
	OK            Mode = "ok"
	Down          Mode = "down"       // refuses connections; see ServeProvider
	TooMany       Mode = "429"        // 429 with Retry-After, not taken
	Error500Early Mode = "500_before" // 500, not taken
	Error503Early Mode = "503_before" // 503, not taken
	Error500Late  Mode = "500_after"  // taken, then 500
	Error503Late  Mode = "503_after"  // taken, then 503
	HangAfter     Mode = "hang_after" // taken, then no answer until the client gives up
	DropAfter     Mode = "drop_after" // taken, then the connection is closed
	DropBefore    Mode = "drop_before"
	Slow          Mode = "slow"      // taken and answered after delay_ms
	EveryNth      Mode = "every_nth" // each n-th request meets the fault
	Restart       Mode = "restart"   // the n-th is taken, all connections break, down for delay_ms, then ok
)

// Modes lists all modes in the order of the inbox page.
var Modes = []Mode{
	OK, Down, TooMany, Error500Early, Error503Early, Error500Late, Error503Late,
	HangAfter, DropAfter, DropBefore, Slow, EveryNth, Restart,
}

// faults are the modes that one request of many can meet.
var faults = []Mode{
	Error503Early, Error500Early, Error503Late, Error500Late, TooMany, HangAfter, DropAfter, DropBefore, Slow,
}

// Behaviour is how a channel answers.
type Behaviour struct {
	Mode Mode `json:"mode"`
	// Channel is "email", "sms" or "all"; empty means all.
	Channel Channel `json:"channel"`
	// N is the period of every_nth, and the request at which restart happens.
	N int `json:"n,omitempty"`
	// Fault is the mode that every_nth uses; empty means 503_before.
	Fault Mode `json:"fault,omitempty"`
	// RetryAfter is in seconds, for 429.
	RetryAfter int `json:"retry_after,omitempty"`
	// DelayMS is for slow and restart; zero means 1000.
	DelayMS int `json:"delay_ms,omitempty"`
	// Count is the number of requests it applies to; zero means until changed. down and
	// restart have none.
	Count int `json:"count,omitempty"`
}

const allChannels Channel = "all"

// maxDelayMS bounds slow, so that a slip does not look like a hang.
const maxDelayMS = 600_000

func (b Behaviour) normal() (Behaviour, error) {
	if b.Channel == "" {
		b.Channel = allChannels
	}
	if b.Channel != Email && b.Channel != SMS && b.Channel != allChannels {
		return b, fmt.Errorf("channel %q: use email, sms or all", b.Channel)
	}
	if !slices.Contains(Modes, b.Mode) {
		return b, fmt.Errorf("mode %q: use one of %v", b.Mode, Modes)
	}
	if b.N < 0 || b.RetryAfter < 0 || b.Count < 0 || b.DelayMS < 0 || b.DelayMS > maxDelayMS {
		return b, fmt.Errorf("n, retry_after, count and delay_ms must not be negative, and delay_ms at most %d", maxDelayMS)
	}
	if (b.Mode == Down || b.Mode == Restart) && b.Count > 0 {
		return b, fmt.Errorf("%s takes no count: connections that are refused are not counted", b.Mode)
	}
	if (b.Mode == EveryNth || b.Mode == Restart) && b.N == 0 {
		return b, fmt.Errorf("%s needs n of at least 1", b.Mode)
	}
	if b.Mode == EveryNth && b.Fault == "" {
		b.Fault = Error503Early
	}
	if b.Mode == EveryNth && !slices.Contains(faults, b.Fault) {
		return b, fmt.Errorf("fault %q: use one of %v", b.Fault, faults)
	}
	if b.DelayMS == 0 && (b.Mode == Slow || b.Mode == Restart || b.Fault == Slow) {
		b.DelayMS = 1000
	}
	return b, nil
}

// behaviours holds the behaviour of each channel.
type behaviours struct {
	mu    sync.Mutex
	now   map[Channel]Behaviour
	count map[Channel]int // requests under the present behaviour
}

func newBehaviours() *behaviours {
	b := &behaviours{}
	b.reset()
	return b
}

func (b *behaviours) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = map[Channel]Behaviour{
		Email: {Mode: OK, Channel: Email},
		SMS:   {Mode: OK, Channel: SMS},
	}
	b.count = map[Channel]int{}
}

// set takes a behaviour that normal returned.
func (b *behaviours) set(behaviour Behaviour) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for channel := range b.now {
		if behaviour.Channel == channel || behaviour.Channel == allChannels {
			each := behaviour
			each.Channel = channel
			b.now[channel] = each
			b.count[channel] = 0
		}
	}
}

func (b *behaviours) list() []Behaviour {
	b.mu.Lock()
	defer b.mu.Unlock()
	return []Behaviour{b.now[Email], b.now[SMS]}
}

// down reports whether a channel refuses connections.
func (b *behaviours) down(channel Channel) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now[channel].Mode == Down
}

// back ends the absence that a restart began, unless somebody chose another behaviour since.
func (b *behaviours) back(away Behaviour) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now[away.Channel] == away {
		b.now[away.Channel] = Behaviour{Mode: OK, Channel: away.Channel}
		b.count[away.Channel] = 0
	}
}

// next returns the behaviour for one more request. Its mode is never every_nth, and restart
// for the one request at which it happens; from then on the channel is down.
func (b *behaviours) next(channel Channel) Behaviour {
	b.mu.Lock()
	defer b.mu.Unlock()
	current := b.now[channel]
	b.count[channel]++
	number := b.count[channel]
	if current.Count > 0 && number >= current.Count {
		b.now[channel] = Behaviour{Mode: OK, Channel: channel}
		b.count[channel] = 0
	}
	if current.Mode == EveryNth {
		current.Mode = OK
		if number%current.N == 0 {
			current.Mode = current.Fault
		}
	}
	if current.Mode == Restart {
		if number < current.N {
			return Behaviour{Mode: OK, Channel: channel}
		}
		b.now[channel] = current.absence()
	}
	return current
}

// absence is how the channel behaves while it restarts.
func (b Behaviour) absence() Behaviour {
	return Behaviour{Mode: Down, Channel: b.Channel, DelayMS: b.DelayMS}
}

// modeWords are the modes as the page calls them.
var modeWords = map[Mode]string{
	OK:            "works",
	Down:          "down: refuses connections",
	TooMany:       "429 with Retry-After",
	Error500Early: "500, not taken",
	Error503Early: "503, not taken",
	Error500Late:  "taken, then 500",
	Error503Late:  "taken, then 503",
	HangAfter:     "taken, then hangs",
	DropAfter:     "taken, then drops the connection",
	DropBefore:    "drops the connection, not taken",
	Slow:          "slow",
	EveryNth:      "every n-th fails",
	Restart:       "restarts at the n-th",
}
