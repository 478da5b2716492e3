import { beforeAll, expect, it } from 'vitest'
import { ref } from 'vue'
import { ApiError } from '@/api/error'
import { forgetAll, useResource } from './resource'

const phone = new Map<string, string>()
beforeAll(() => {
  (globalThis as any).uni = {
    stopPullDownRefresh() {},
    getStorageSync: (k: string) => phone.get(k) ?? '',
    setStorageSync: (k: string, v: string) => { phone.set(k, v) },
    removeStorageSync: (k: string) => { phone.delete(k) },
  }
})

it('shows what is known of the thing it is about now, and nothing of another', async () => {
  const id = ref('1')
  let answer: (v: string) => void = () => undefined, refuse: (e: unknown) => void = () => undefined
  const r = useResource(() => `bill.${id.value}`, () => new Promise<string>((ok, no) => { answer = ok; refuse = no }))
  const first = r.load()
  answer('the first bill')
  await first
  id.value = '2'
  const second = r.load()
  expect(r.data.value).toBe(null)
  refuse(new ApiError(0, 'offline', '', '', ''))
  await second
  expect(r.data.value).toBe(null)
  expect(r.error.value).not.toBe(null)
  id.value = '1'
  const again = r.load()
  expect(r.data.value).toBe('the first bill')
  answer('the first bill, paid')
  await again
  expect(r.data.value).toBe('the first bill, paid')
})

it('keeps on the phone what is asked for, few of them, nothing that was refused and nothing after the logout', async () => {
  const key = ref('job.1')
  let fails: ApiError | null = null
  const r = useResource(() => key.value, async () => { if (fails) throw fails; return key.value }, true)
  const keys = () => [...phone.keys()].filter((k) => k.startsWith('anju.kept.'))
  await r.load()
  expect(phone.get('anju.kept.job.1')).toBe('"job.1"')
  for (let i = 2; i < 40; i++) { key.value = `job.${i}`; await r.load() }
  expect(keys()).toHaveLength(24)
  expect(keys()).not.toContain('anju.kept.job.1')
  fails = new ApiError(409, 'taken', '', '', '')
  await r.load()
  expect(keys()).not.toContain('anju.kept.job.39')
  forgetAll()
  expect([...phone.keys()].filter((k) => k.startsWith('anju.kept'))).toEqual([])
})
