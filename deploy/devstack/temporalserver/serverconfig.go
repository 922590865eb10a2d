package temporalserver

import (
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
)

const (
	clusterName = "active"
	clusterID   = "6a1f2c0e-6d61-416e-8000-000000000001"
	storeName   = "sqlite"
	disabled    = "disabled"

	// manyPerSecond lifts a rate limit that protects shared clusters and would only slow a demo.
	manyPerSecond = 100_000
	// skipsPerSession is how often one execution may skip time before it stops by itself. The
	// server's default of 200 is fewer than a long retry needs.
	skipsPerSession = 100_000
	// maxIDLength is the limit that production has too (a Postgres column of 255 characters), so
	// that a workflow id which is too long fails here first.
	maxIDLength = 255
)

// serverConfig is the static configuration: all four services in this process, one history shard.
func serverConfig(sql *config.SQL, p ports) *config.Config {
	c := &config.Config{
		Global: config.Global{Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback}},
		Persistence: config.Persistence{
			DefaultStore:     storeName,
			VisibilityStore:  storeName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{storeName: {SQL: sql}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled: true, InitialFailoverVersion: 1, RPCAddress: address(p.frontend), ClusterID: clusterID,
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): service(p.frontend),
			string(primitives.HistoryService):  service(p.history),
			string(primitives.MatchingService): service(p.matching),
			string(primitives.WorkerService):   service(p.worker),
		},
		PublicClient: config.PublicClient{HostPort: address(p.frontend)},
	}
	c.Archival.History.State = disabled
	c.Archival.Visibility.State = disabled
	c.NamespaceDefaults.Archival.History.State = disabled
	c.NamespaceDefaults.Archival.Visibility.State = disabled
	return c
}

func service(port int) config.Service {
	return config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopback}}
}

func staticHosts(p ports) map[primitives.ServiceName]static.Hosts {
	return map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: static.SingleLocalHost(address(p.frontend)),
		primitives.HistoryService:  static.SingleLocalHost(address(p.history)),
		primitives.MatchingService: static.SingleLocalHost(address(p.matching)),
		primitives.WorkerService:   static.SingleLocalHost(address(p.worker)),
	}
}

// dynamicSettings switches time skipping on and lifts the limits of a shared cluster.
func dynamicSettings() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		dynamicconfig.WorkflowTimeSkippingEnabled.Key():           true,
		dynamicconfig.WorkflowTimeSkippingMaxSkipPerSession.Key(): skipsPerSession,

		dynamicconfig.MaxIDLengthLimit.Key():                        maxIDLength,
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():            8096,
		// A skipped timer is due at once, but the server writes no timer nearer than this, one second
		// by default; every skip would cost half a second of real time.
		dynamicconfig.TimerProcessorMaxTimeShift.Key(): 5 * time.Millisecond,
		// One partition: a task never waits in a partition that nobody polls at the moment.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		dynamicconfig.FrontendRPS.Key():                                         manyPerSecond,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                  manyPerSecond,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():        manyPerSecond,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): manyPerSecond,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                           manyPerSecond,
		dynamicconfig.HistoryRPS.Key():                                          manyPerSecond,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                            manyPerSecond,
		dynamicconfig.MatchingRPS.Key():                                         manyPerSecond,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():                           manyPerSecond,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():                            manyPerSecond,
		dynamicconfig.TransferProcessorMaxPollRPS.Key():                         manyPerSecond,
		dynamicconfig.VisibilityProcessorMaxPollRPS.Key():                       manyPerSecond,
		dynamicconfig.VisibilityPersistenceMaxReadQPS.Key():                     manyPerSecond,
		dynamicconfig.VisibilityPersistenceMaxWriteQPS.Key():                    manyPerSecond,
	}
}
