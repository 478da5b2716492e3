import { expect, test } from 'vitest'
import { createQueue, type Op, type Sender } from './queue'

const op = (id: string, object: string, more: Partial<Op> = {}): Op => ({ id, object, action: 'arrive', method: 'POST', path: `/x/${id}`, body: {}, uploads: [], at: 1, ...more })
const off = { status: 0, code: 'offline', message: '', requestId: '' }
const conflict = { status: 409, code: 'bad_transition', message: '状态已变化', requestId: 'r1' }
function setup(answer: (o: Op) => unknown, kept: Op[] = []) {
  let saved = kept
  const sent: string[] = [], uploads: string[] = [], entered: string[] = []
  const sender: Sender = {
    enter: async (project) => { entered.push(project); if (project === 'gone') throw { ...conflict, status: 403 } },
    upload: async (src, key) => { uploads.push(key); if (src === 'bad') throw off; return `f-${src}` },
    send: async (o) => { sent.push(o.id); const f = answer(o); if (f) throw f },
  }
  const q = createQueue({ load: () => saved, save: (ops) => { saved = JSON.parse(JSON.stringify(ops)) } }, sender, () => {})
  return { q, sent, uploads, entered, saved: () => saved }
}

test('in order, each once, and what is sent is forgotten', async () => {
  const { q, sent, saved } = setup(() => null)
  q.add(op('a', 'repair:1')); q.add(op('b', 'repair:2')); q.add(op('c', 'repair:1'))
  expect(await q.replay()).toBe(true)
  expect(sent).toEqual(['a', 'b', 'c'])
  expect(saved()).toEqual([])
})
test('no network: everything stays, in order, also over a restart of the app', async () => {
  let online = false
  const one = setup(() => (online ? null : off))
  one.q.add(op('a', 'repair:1')); one.q.add(op('b', 'repair:1'))
  expect(await one.q.replay()).toBe(false)
  expect(one.sent).toEqual(['a']) // b waits behind a
  online = true
  const two = setup(() => null, one.saved())
  expect(await two.q.replay()).toBe(true)
  expect(two.sent).toEqual(['a', 'b'])
})
test.each([0, 401, 429, 500, 503])('status %i means later', async (status) => {
  const { q } = setup(() => ({ ...off, status }))
  q.add(op('a', 'x:1'))
  expect(await q.replay()).toBe(false)
  expect(q.ops[0]!.problem).toBeUndefined()
  expect(q.ops[0]!.later).toBe(status) // the person is told why it waits
})
test('a conflict stops its own object only, and waits for a person', async () => {
  const { q, sent } = setup((o) => (o.id === 'a' ? conflict : null))
  q.add(op('a', 'repair:1')); q.add(op('b', 'repair:1')); q.add(op('c', 'repair:2'))
  expect(await q.replay()).toBe(false)
  expect(sent).toEqual(['a', 'c'])
  expect(q.ops.map((o) => [o.id, o.problem?.message])).toEqual([['a', '状态已变化'], ['b', undefined]])
  await q.replay()
  expect(sent).toEqual(['a', 'c']) // not again by itself
  q.drop('a')
  expect(await q.replay()).toBe(true)
  expect(sent).toEqual(['a', 'c', 'b'])
})
test('said in the project it was done in, whatever the session stands in after a new log-in', async () => {
  const { q, sent, uploads, entered } = setup(() => null)
  q.add(op('a', 'repair:1', { project: 'A', uploads: [{ src: 'p', field: 'photos' }] })); q.add(op('b', 'repair:2', { project: 'B' })); q.add(op('c', 'repair:3', { project: 'gone' })); q.add(op('d', 'repair:4'))
  await q.replay()
  expect(entered).toEqual(['A', 'B', 'gone'])
  expect([uploads.length, sent]).toEqual([1, ['a', 'b', 'd']])
  expect(q.ops.map((o) => [o.id, o.problem?.code])).toEqual([['c', 'bad_transition']]) // no work of theirs any more: a person looks at it
})
test('tried again when somebody says so', async () => {
  let bad = true
  const { q, sent } = setup(() => (bad ? conflict : null))
  q.add(op('a', 'repair:1'))
  await q.replay()
  bad = false
  q.retry('a')
  expect(await q.replay()).toBe(true)
  expect(sent).toEqual(['a', 'a'])
})
test('pictures go first; what is uploaded is not uploaded again', async () => {
  const bodies: unknown[] = []
  const { q, saved } = setup((o) => { bodies.push(o.body); return null })
  q.add(op('a', 'repair:1', { uploads: [{ src: 'one', field: 'photos' }, { src: 'bad', field: 'photos' }] }))
  expect(await q.replay()).toBe(false)
  expect(saved()[0]).toMatchObject({ body: { photos: ['f-one'] }, uploads: [{ src: 'bad' }] })
  const next = setup((o) => { bodies.push(o.body); return null }, saved().map((o) => ({ ...o, uploads: [{ src: 'two', field: 'photos' as const }] })))
  expect(await next.q.replay()).toBe(true)
  expect(bodies).toEqual([{ photos: ['f-one', 'f-two'] }])
  expect(next.uploads).toEqual(['a-0'])
})
test('pictures of a check list find their item', async () => {
  const bodies: any[] = []
  const { q } = setup((o) => { bodies.push(o.body); return null })
  q.add(op('a', 'task:1', { body: { answers: [{ n: 1, value: 'yes' }, { n: 2 }] }, uploads: [{ src: 'x', field: 'answer', n: 2 }] }))
  await q.replay()
  expect(bodies[0].answers).toEqual([{ n: 1, value: 'yes' }, { n: 2, file_id: 'f-x' }])
})
test('two replays at once are one', async () => {
  const { q, sent } = setup(() => null)
  q.add(op('a', 'x:1'))
  await Promise.all([q.replay(), q.replay()])
  expect(sent).toEqual(['a'])
})
