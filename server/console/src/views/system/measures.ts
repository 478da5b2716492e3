/* Out of the server's metrics, what somebody who looks after it wants to know at a glance. */
import { decimal } from '@/lib/money'
import type { Text } from '@/lib/i18n'

export interface Sample { name: string; value: string }
export const readMetrics = (text: string): Sample[] => text.split('\n').filter((l) => l && !l.startsWith('#') && !l.includes('_bucket')).map((l) => ({ name: l.slice(0, l.lastIndexOf(' ')), value: l.slice(l.lastIndexOf(' ') + 1) }))

export interface Measure { key: Text; value: string; alarm: boolean }
export interface Group { title: Text; rows: Measure[] }
const whole = (n: number) => decimal(Math.round(n), 0)

export function measures(samples: Sample[]): Group[] {
  const has = new Map(samples.map((s) => [s.name, Number(s.value)]))
  const get = (name: string) => has.get(name) ?? 0
  const count = (key: Text, n: number, alarm = false): Measure => ({ key, value: whole(n), alarm: alarm && n > 0 })
  const mean = (key: Text, lane: string): Measure => {
    const n = get(`anju_request_seconds_count{lane="${lane}"}`)
    return { key, value: n ? `${((get(`anju_request_seconds_sum{lane="${lane}"}`) / n) * 1000).toFixed(1)} ms` : '–', alarm: false }
  }
  return [
    { title: 'health.people', rows: [count('health.connections', get('anju_net_connections')), count('health.sockets', get('anju_net_websockets')), count('health.subscriptions', get('anju_live_subscriptions')), count('health.pushed', get('anju_live_pushed')), count('health.refused', get('anju_net_refused'))] },
    { title: 'health.requests', rows: [count('health.ok', get('anju_requests_total{class="2xx"}') + get('anju_requests_total{class="3xx"}')), count('health.wrong', get('anju_requests_total{class="4xx"}')), count('health.failed', get('anju_requests_total{class="5xx"}'), true), mean('health.read_time', 'read'), mean('health.write_time', 'write')] },
    { title: 'health.store', rows: [count('health.write_queue', get('anju_store_write_queue')), count('health.read_queue', get('anju_store_read_queue')), count('health.commits', get('anju_store_commits')), count('health.reruns', get('anju_store_reruns'))] },
    { title: 'health.outside', rows: [count('health.calls', get('anju_outside_calls_total{result="ok"}')), count('health.sent', get('anju_messages_total{outcome="sent"}')), count('health.unsent', get('anju_messages_total{outcome="failed"}'), true)] },
    { title: 'health.machine', rows: [{ key: 'health.memory', value: `${whole(get('process_resident_memory_bytes') / 1048576)} MB`, alarm: false }, count('health.files', get('process_open_fds')), { key: 'health.lag', value: `${whole(get('anju_net_lag_ms'))} ms`, alarm: get('anju_net_lag_ms') > 500 }] },
  ]
}
