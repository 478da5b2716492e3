import { beforeAll, expect, it } from 'vitest'
import { ref } from 'vue'
import { ApiError } from '@/api/error'
import { useResource } from './resource'

beforeAll(() => { (globalThis as any).uni = { stopPullDownRefresh() {} } })

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
