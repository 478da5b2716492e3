import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { words } from './index'

const src = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const pairs: Array<[string, string, string]> = []
const walk = (tree: object, at: string) => Object.entries(tree).forEach(([k, v]) => (Array.isArray(v) ? pairs.push([at + k, v[0], v[1]]) : walk(v as object, `${at}${k}.`)))
walk(words, '')
const files = (fs.readdirSync(src, { recursive: true }) as string[]).filter((f) => /\.(vue|ts)$/.test(f) && !f.endsWith('.test.ts') && !f.startsWith('locales'))
const names = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

describe('texts', () => {
  it('have both languages with the same {names}', () => {
    expect(pairs.length).toBeGreaterThan(900)
    for (const [key, zh, en] of pairs) {
      expect(zh && en, key).toBeTruthy()
      expect(names(en), key).toEqual(names(zh))
      if (key !== 'nav.other_language') expect(/[\u4e00-\u9fff]/.test(en), key).toBe(false)
    }
  })
  it('stand nowhere but in the locale files', () => {
    for (const f of files) {
      const text = fs.readFileSync(path.join(src, f), 'utf8').replace(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->/g, '').replace(/'、'|';'|':'|\[\\s,,、\]|,;|',', ','/g, '')
      const lines = text.split('\n').filter((l) => /[\u4e00-\u9fff]/.test(l) && !l.trim().startsWith('//'))
      expect(lines, f).toEqual([])
    }
  })
  it('are there for every finance alarm the server raises', () => {
    const server = path.resolve(src, '../..'), kinds = new Set<string>()
    for (const f of ['api', 'domain'].flatMap((d) => fs.readdirSync(path.join(server, d)).map((x) => path.join(server, d, x))).filter((x) => x.endsWith('.c'))) {
      const text = fs.readFileSync(f, 'utf8')
      if (!text.includes('finance_alarm_add')) continue
      for (const m of text.matchAll(/struct finance_alarm \w+ = \{[^;]*?\.kind = "(\w+)"/g)) kinds.add(m[1])
      for (const m of text.matchAll(/\balarm\(cx, [^;]*;/g)) for (const k of m[0].matchAll(/"([a-z]+_[a-z_]+)"/g)) kinds.add(k[1])
    }
    expect([...kinds].sort()).toEqual(Object.keys(words.trail.alarm).sort())
  })
  it('are there for every key the sources ask for', () => {
    const have = new Set(pairs.map(([k]) => k))
    for (const f of files)
      for (const m of fs.readFileSync(path.join(src, f), 'utf8').matchAll(/\bt\('([a-z_]+\.[\w.]+)'/g)) expect(have.has(m[1]), `${f}: ${m[1]}`).toBe(true)
  })
})
