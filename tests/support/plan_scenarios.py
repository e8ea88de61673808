"""Small scenarios whose timeline has something to plan; a run takes a few milliseconds."""

CLIFF = """
name: A small cliff
seed: 5
horizon: 4min
queues:
  - {kind: vcpu, name: cores, limit: 16}
deployments:
  - name: api
    initial: {responsive: 4}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 4, cpu: 1, threadCount: 1}
    replica: {image_cached: true, container_start: 1s, model_load: 1s, probe: {period: 1s}}
    request: {wait: {kind: gamma, mean: 1s, cv: 0.5}}
    traffic: [{kind: poisson, name: web, rate: 2/s}]
timeline:
  - {event: replace, at: 60s, deployment: api,
     runtimeConfiguration: {minReplicas: 1, maxReplicas: 4, cpu: 1, threadCount: 1, memory: 8GiB}}
"""
"""Four replicas, of which two are busy; the new revision begins with one."""

DEADLOCK = """
name: A small deadlock
seed: 5
horizon: 2min
queues:
  - {kind: vcpu, name: cores, limit: 2}
deployments:
  - name: api
    initial: {responsive: 2}
    runtimeConfiguration: {minReplicas: 2, maxReplicas: 2, cpu: 1, threadCount: 2}
    replica: {image_cached: true, container_start: 1s, model_load: 1s, probe: {period: 1s}}
    request: {wait: {kind: exponential, mean: 200ms}}
    traffic: [{kind: poisson, name: web, rate: 2/s}]
timeline:
  - {event: replace, at: 20s, deployment: api,
     runtimeConfiguration: {minReplicas: 2, maxReplicas: 2, cpu: 1, threadCount: 4}}
"""
"""The new revision waits for cores that only the old one holds, which goes when the new one is up.
With one core more it is full some seconds later."""

STALLS = """
name: Waits for a tenant
seed: 5
horizon: 5min
queues:
  - {kind: vcpu, name: cores, limit: 2, tenants: {nightly: 1}}
deployments:
  - name: api
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1, threadCount: 2}
    replica: {image_cached: true, container_start: 1s, model_load: 1s, probe: {period: 1s}}
    request: {wait: {kind: exponential, mean: 200ms}}
    traffic: [{kind: poisson, name: web, rate: 2/s}]
timeline:
  - {event: replace, at: 20s, deployment: api,
     runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1, threadCount: 4}}
  - {event: tenant, at: 200s, queue: cores, tenant: nightly, use: 0}
"""
"""A core comes free three minutes after the PUT, and a wait of more than one minute is a stall."""

TWO = """
name: Two deployments
seed: 5
horizon: 2min
queues:
  - {kind: vcpu, name: cores, limit: 8}
deployments:
  - name: api
    initial: {responsive: 2}
    runtimeConfiguration: {minReplicas: 2, maxReplicas: 2, cpu: 1, threadCount: 2}
    replica: {image_cached: true, container_start: 1s, model_load: 1s, probe: {period: 1s}}
    request: {wait: {kind: exponential, mean: 200ms}}
    traffic: [{kind: poisson, name: web, rate: 5/s}]
  - name: eu.ranker v2
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1, threadCount: 2}
    replica: {image_cached: true, container_start: 1s, model_load: 1s, probe: {period: 1s}}
    traffic: [{kind: poisson, name: web, rate: 1/s}]
timeline:
  - {event: replace, at: 20s, deployment: api,
     runtimeConfiguration: {minReplicas: 2, maxReplicas: 2, cpu: 2, threadCount: 2}}
  - {event: publish, at: 40s, deployment: eu.ranker v2, image: 1GB, model_load: 3s}
  - {event: replace, at: 60s, deployment: api,
     runtimeConfiguration: {minReplicas: 2, maxReplicas: 3, cpu: 2, threadCount: 2}}
  - {event: kill, at: 70s, deployment: api, replicas: {count: 1}}
"""
"""Three events that can be planned, and a mishap; the last PUT changes bounds alone."""

NEVER_UP = """
name: Nothing is drawn
horizon: 2min
deployments:
  - name: api
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, threadCount: 1}
    replica: {image_cached: true, container_start: 1s, model_load: 1s, probe: {period: 1s}}
    request: {wait: 4s}
    traffic: [{kind: instants, at: [10s, 11s]}]
timeline:
  - {event: publish, at: 20s, deployment: api, model_load: 200s}
"""
"""The new version takes longer than the run, in the one run that there can be."""
