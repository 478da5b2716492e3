// gen.mjs [--check]: src/api/gen.ts from schema/openapi.yaml: the types of the contract, and one row an operation with
// method, path, parameters and the roles that may call it. --check: fails when the file is not what would be written.
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const here = (p) => fileURLToPath(new URL(p, import.meta.url))
const doc = parse(fs.readFileSync(here('../../schema/openapi.yaml'), 'utf8'), { merge: true, maxAliasCount: -1 })
const out = here('src/api/gen.ts')
const name = (ref) => ref.split('/').pop()
const named = (n) => ({ Error: 'ErrorBody', File: 'StoredFile' })[n] ?? n // both are names of the language already
const key = (k) => (/^[a-zA-Z_$][\w$]*$/.test(k) ? k : JSON.stringify(k))
const union = (list) => [...new Set(list)].join(' | ') || 'unknown'

function type(s) {
  if (!s) return 'unknown'
  if (s.$ref) return named(name(s.$ref))
  if ('const' in s) return JSON.stringify(s.const)
  if (s.enum) return union(s.enum.map((v) => JSON.stringify(v)))
  if (s.oneOf || s.anyOf) return union((s.oneOf || s.anyOf).map(type))
  if (s.allOf) return s.allOf.map(type).join(' & ')
  if (Array.isArray(s.type)) return union(s.type.map((t) => type({ ...s, type: t })))
  if (s.type === 'array') return `Array<${type(s.items)}>`
  if (s.properties) return object(s)
  if (s.type === 'object') return s.additionalProperties && s.additionalProperties !== true ? `Record<string, ${type(s.additionalProperties)}>` : 'Record<string, unknown>'
  return { integer: 'number', number: 'number', boolean: 'boolean', null: 'null', string: 'string' }[s.type] ?? 'unknown'
}
function object(s) {
  const need = new Set(s.required ?? [])
  return `{ ${Object.entries(s.properties).map(([k, v]) => `${key(k)}${need.has(k) ? '' : '?'}: ${type(v)}`).join('; ')} }`
}
const deref = (x, where) => (x?.$ref ? doc.components[where][name(x.$ref)] : x)
function content(c) {
  if (!c) return 'void'
  const json = Object.keys(c).find((k) => k.includes('json'))
  return json ? type(c[json].schema) : 'Blob'
}

const roles = doc.components.schemas.Role.enum
const types = Object.entries(doc.components.schemas).map(([n, s]) => `export type ${named(n)} = ${type(s)}`)
const shapes = [], rows = []
for (const [path, methods] of Object.entries(doc.paths)) {
  for (const [method, o] of Object.entries(methods)) {
    if (method === 'parameters') continue
    const params = [...(methods.parameters ?? []), ...(o.parameters ?? [])].map((p) => deref(p, 'parameters'))
    const query = params.filter((p) => p.in === 'query')
    const inPath = params.filter((p) => p.in === 'path')
    const body = deref(o.requestBody, 'requestBodies')
    const good = Object.entries(o.responses).find(([c]) => c[0] === '2')
    const who = [o['x-roles'] ?? ['logged_in']].flat()
    const mask = who.includes('public') || who.includes('logged_in') ? -1 : who.reduce((m, r) => m | (1 << roles.indexOf(r)), 0)
    const parts = [
      `path: { ${inPath.map((p) => `${p.name}: ${type(p.schema)}`).join('; ')} }`,
      `query: { ${query.map((p) => `${p.name}?: ${type(p.schema)}`).join('; ')} }`,
      `body: ${body ? content(body.content) : 'never'}`,
      `reply: ${content(deref(good[1], 'responses').content)}`,
    ]
    shapes.push(`  ${o.operationId}: { ${parts.join('; ')} }`)
    rows.push(`  ${o.operationId}: ['${method.toUpperCase()}', '${path}', ${mask}, ${body ? 1 : 0}],`)
  }
}
const text = `// Written by gen.mjs from schema/openapi.yaml (npm run gen). Not to be changed by hand.
/* eslint-disable */
${types.join('\n')}

export interface Ops {
${shapes.join('\n')}
}
export type Op = keyof Ops

export const roleBits = { ${roles.map((r, i) => `${r}: ${1 << i}`).join(', ')} } as const
/* method, path, who may (bits of roleBits, -1: everybody who is logged in), 1: takes a body */
export const ops: Record<Op, readonly [string, string, number, number]> = {
${rows.join('\n')}
}
`
if (process.argv[2] === '--check') {
  if (!fs.existsSync(out) || fs.readFileSync(out, 'utf8') !== text) {
    console.error('src/api/gen.ts is not what schema/openapi.yaml says: npm run gen')
    process.exit(1)
  }
} else fs.writeFileSync(out, text)
