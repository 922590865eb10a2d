package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/webhook"
)

func TestSignature_IsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	// Computed with Python's hmac: the key "whsec_test" over `1780308000.{"events":[]}`.
	got := webhook.Signature("whsec_test", time.Unix(1780308000, 999), []byte(`{"events":[]}`))
	require.Equal(t, "t=1780308000,v1=d1f2d62d7192c50a73d34c61715017dcc68269bcb79ed697de8636e8bdefc6c8", got)
}

func TestNewSecret_IsLongAndNeverTheSame(t *testing.T) {
	t.Parallel()
	one, two := webhook.NewSecret(), webhook.NewSecret()
	require.NotEqual(t, one, two)
	require.True(t, strings.HasPrefix(one, "whsec_"))
	require.Len(t, one, len("whsec_")+43)
}

func TestCheckURL_NamesEveryFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url        string
		production []string
		local      []string
	}{
		{"https://erp.example.com/maan?x=1", nil, nil},
		{"https://erp.example.com:8443", nil, nil},
		{"https://93.184.216.34/", nil, nil},
		{"http://erp.example.com", []string{"not_https"}, []string{"not_https"}},
		{"http://127.0.0.1:9000/x", []string{"not_https", "not_public"}, nil},
		{"http://localhost/x", []string{"not_https", "not_public"}, nil},
		{"http://[::1]:9000", []string{"not_https", "not_public"}, nil},
		{"http://10.0.0.1", []string{"not_https", "not_public"}, []string{"not_https"}},
		{"https://169.254.169.254/latest", []string{"not_public"}, nil},
		{"https://[fd00::1]/", []string{"not_public"}, nil},
		{"https://[::ffff:10.0.0.1]/", []string{"not_public"}, nil},
		{"https://[64:ff9b::a00:1]/", []string{"not_public"}, nil},
		{"https://user:pa55@erp.example.com#part", []string{"credentials", "fragment"}, []string{"credentials", "fragment"}},
		{"http://user@10.0.0.1/#", []string{"not_https", "credentials", "fragment", "not_public"}, []string{"not_https", "credentials", "fragment"}},
		{"ftp://erp.example.com", []string{"not_https"}, []string{"not_https"}},
		{"erp.example.com", []string{"invalid_url"}, []string{"invalid_url"}},
		{"https://", []string{"invalid_url"}, []string{"invalid_url"}},
		{"https://:443/x", []string{"invalid_url"}, []string{"invalid_url"}},
		{"https:erp.example.com", []string{"invalid_url"}, []string{"invalid_url"}},
		{"https://erp.example.com:port", []string{"invalid_url"}, []string{"invalid_url"}},
		{"https://erp.example.com/\x7f", []string{"invalid_url"}, []string{"invalid_url"}},
		{"https://erp.example.com/" + strings.Repeat("x", 2000), []string{"invalid_url"}, []string{"invalid_url"}},
		{"", []string{"invalid_url"}, []string{"invalid_url"}},
	} {
		for local, want := range map[bool][]string{false: tt.production, true: tt.local} {
			var codes []string
			for _, f := range webhook.CheckURL(tt.url, local) {
				codes = append(codes, f.Code)
				require.NotContains(t, f.Detail, "pa55")
			}
			require.Equal(t, want, codes, "%.60q, local %v", tt.url, local)
		}
	}
}

// endpoint answers as it is told and counts.
func endpoint(t *testing.T, answer http.HandlerFunc) (address string, calls *atomic.Int32) {
	t.Helper()
	calls = &atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, calls
}

func send(ctx context.Context, address string) webhook.Result {
	return webhook.NewSender(true).Send(ctx, webhook.Post{URL: address, Secret: "whsec_test", Delivery: "d-1", Body: []byte(`{"events":[]}`)}, time.Unix(1780308000, 0))
}

func TestSend_PostsWhatTheOtherSideCanVerify(t *testing.T) {
	t.Parallel()
	address, calls := endpoint(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		mac := hmac.New(sha256.New, []byte("whsec_test"))
		mac.Write([]byte("1780308000." + string(body)))
		good := r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" && r.Header.Get("Maan-Delivery") == "d-1" &&
			r.Header.Get("Maan-Signature") == "t=1780308000,v1="+hex.EncodeToString(mac.Sum(nil)) && string(body) == `{"events":[]}`
		if !good {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	require.Equal(t, webhook.Result{Status: 200}, send(t.Context(), address))
	require.Equal(t, int32(1), calls.Load())
}

func TestSend_TakesAnyAnswerOfSuccessAndNoOther(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]string{
		200: "", 201: "", 202: "", 204: "", 299: "", 301: "redirect", 302: "redirect", 304: "redirect", 307: "redirect", 308: "redirect",
		400: "status_400", 401: "status_401", 410: "status_410", 429: "status_429", 500: "status_500", 503: "status_503",
	} {
		other, followed := endpoint(t, func(http.ResponseWriter, *http.Request) {})
		address, _ := endpoint(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other)
			w.WriteHeader(status)
		})
		got := send(t.Context(), address)
		require.Equal(t, webhook.Result{Status: status, Code: code}, got)
		require.Equal(t, code == "", got.Taken())
		require.Zero(t, followed.Load(), "a redirect was followed")
	}
}

func TestSend_GivesUpOnWhatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	address, _ := endpoint(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.Equal(t, webhook.Result{Code: "timeout"}, send(ctx, address))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	require.Equal(t, webhook.Result{Code: "refused"}, send(t.Context(), gone.URL))
}

func TestSend_ReadsLittleOfAnAnswer(t *testing.T) {
	t.Parallel()
	chunk := make([]byte, 1<<16)
	written := make(chan int, 1)
	address, _ := endpoint(t, func(w http.ResponseWriter, _ *http.Request) {
		total := 0
		for total < 1<<30 {
			n, err := w.Write(chunk)
			total += n
			if err != nil {
				break
			}
		}
		written <- total
	})
	require.True(t, send(t.Context(), address).Taken())
	require.Less(t, <-written, 64<<20)
}

func TestSend_RefusesAddressesOfTheOtherEnvironment(t *testing.T) {
	t.Parallel()
	address, calls := endpoint(t, func(http.ResponseWriter, *http.Request) {})
	got := webhook.NewSender(false).Send(t.Context(), webhook.Post{URL: address, Body: []byte(`{}`)}, time.Now())
	require.Equal(t, webhook.Result{Code: "invalid_url"}, got)
	require.Zero(t, calls.Load())
}
