package webhook

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a name resolves to is known only when the connection is made, so the test looks at
// the dialler itself.
func TestSender_ConnectsToNoAddressInsideANetwork(t *testing.T) {
	t.Parallel()
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	_, err := NewSender(false).client.Get(server.URL)
	require.ErrorIs(t, err, errNotPublic)
	require.False(t, called)
}

func TestRefuseInside(t *testing.T) {
	t.Parallel()
	for address, refused := range map[string]bool{
		"93.184.216.34:443": false, "[2606:2800:220:1:248:1893:25c8:1946]:443": false, "1.1.1.1:443": false, "192.0.1.1:443": false,
		"127.0.0.1:443": true, "127.9.9.9:443": true, "0.0.0.0:443": true, "10.1.2.3:443": true, "172.16.0.1:443": true, "172.31.255.255:443": true,
		"172.32.0.1:443": false, "192.168.1.1:443": true, "100.64.0.1:443": true, "100.128.0.1:443": false, "169.254.169.254:80": true, "192.0.0.192:80": true,
		"198.18.0.1:443": true, "224.0.0.1:443": true, "240.0.0.1:443": true, "255.255.255.255:443": true, "203.0.113.9:443": true,
		"[::]:443": true, "[::1]:443": true, "[fe80::1%eth0]:443": true, "[fc00::1]:443": true, "[fd12::1]:443": true, "[ff02::1]:443": true,
		"[::ffff:127.0.0.1]:443": true, "[::ffff:93.184.216.34]:443": false, "[64:ff9b::7f00:1]:443": true, "[2002:7f00:1::]:443": true,
		"[2001:0:4136:e378::1]:443": true, "[2001:db8::1]:443": true, "[3fff::1]:443": true, "[100::1]:443": true, "erp.example.com:443": true, "nonsense": true,
	} {
		require.Equal(t, refused, refuseInside("tcp", address, nil) != nil, address)
	}
}
