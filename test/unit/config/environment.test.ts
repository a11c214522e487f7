import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { VARIABLES } from '../../../config/environment.ts'
import { readEnvironment, readVariables } from '../../../config/read-environment.ts'
import { nearest } from '../../../config/validate.ts'

const root = join(import.meta.dirname, '../../..')

describe('the environment', () => {
  it('is listed in .env.example exactly, in the same order', () => {
    const listed = [...readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^# ?([A-Z][A-Z0-9_]*)=/gm)].map(match => match[1])
    expect(listed).to.deep.equal(VARIABLES.map(({ name }) => name))
  })

  it('shows its defaults in .env.example as they are', () => {
    const shown = new Map([...readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^# ?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(match => [match[1], match[2]]))
    for (const { name, fallback } of VARIABLES) {
      if (fallback !== undefined && /^[\w.-]+$/.test(fallback)) expect(shown.get(name), name).to.equal(fallback)
    }
  })

  it('sets nothing when .env.example is copied as it is', () => {
    const { values, faults } = readVariables({ ...readEnvironment(join(root, 'test'), {}) })
    expect(values).to.deep.equal([])
    expect(faults).to.deep.equal([])
    const active = readFileSync(join(root, '.env.example'), 'utf8').split('\n').filter(line => line !== '' && !line.startsWith('#'))
    expect(active).to.deep.equal([])
  })

  it('has no name twice', () => {
    const names = VARIABLES.flatMap(({ name, also = [] }) => [name, ...also])
    expect(new Set(names).size).to.equal(names.length)
  })

  it('is read in config alone', () => {
    const readers: string[] = []
    for (const folder of ['core', 'providers', 'plugins']) {
      for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name)
        if (entry.isFile() && entry.name.endsWith('.ts') && /process\.env\b/.test(readFileSync(path, 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, ''))) readers.push(path.slice(root.length + 1))
      }
    }
    // The process entries hand it to the loader.
    expect(readers.filter(path => !/^core\/(main|cli\/)/.test(path))).to.deep.equal([])
  })

  it('names the variable that is wrong, under the name that was used', () => {
    expect(readVariables({ PORT: 'x' }).faults).to.deep.equal(['PORT: must be a whole number'])
    expect(readVariables({ LOG_FORMAT: 'x' }).faults).to.deep.equal(['LOG_FORMAT: must be one of json, pretty'])
    expect(readVariables({ https_proxy: 'http://p' }).values[0]).to.deep.include({ name: 'https_proxy', value: 'http://p' })
  })

  it('takes REGION for ours only where it is an AWS region: other platforms set it too', () => {
    expect(readVariables({ REGION: 'europe-west1' })).to.deep.equal({ values: [], faults: [] })
    expect(readVariables({ REGION: 'eu-west-1' }).values.map(({ name, value }) => [name, value])).to.deep.equal([['REGION', 'eu-west-1']])
    expect(readVariables({ REGION: 'eu-west-1', KIRO_REGION: 'us-east-1' }).values.map(({ value }) => value)).to.deep.equal(['us-east-1'])
  })

  it('takes any values without falling over them', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...VARIABLES.map(({ name }) => name)), fc.string()), variables => {
        const { values, faults } = readVariables(variables)
        const set = Object.values(variables).filter(value => value.trim() !== '')
        expect(values.length + faults.length).to.equal(set.length)
      }),
    )
  })
})

describe('the nearest name', () => {
  for (const [word, candidates, expected] of [
    ['prot', ['port', 'host'], 'port'],
    ['PORT', ['port', 'host'], 'port'],
    ['bodyLimit', ['bodyLimitBytes', 'host'], undefined],
    ['firstTokn', ['firstToken', 'firstTokenRetries'], 'firstToken'],
    ['zzz', ['port', 'host'], undefined],
    ['', ['port'], undefined],
    ['x', [], undefined],
  ] as const) {
    it(`to "${word}" is ${expected ?? 'none'}`, () => {
      expect(nearest(word, candidates)).to.equal(expected)
    })
  }
})
