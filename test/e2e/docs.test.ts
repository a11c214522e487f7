import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { loadSettings } from '../../config/load.ts'
import { runCommandLine } from '../../core/cli/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = ['README.md', 'README.zh-CN.md', ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.md')).map(name => join('docs', name))]

interface Block {
  readonly language: string
  readonly text: string
}

const helps = new Map<string, string>()

async function helpFor(words: string): Promise<string> {
  const lines: string[] = []
  const output = { json: () => undefined, line: (text: string) => void lines.push(text), table: () => undefined, notice: () => undefined }
  if (!helps.has(words)) {
    await runCommandLine([...words.split(' '), '--help'], { load: () => Promise.reject(new Error('not here')), output, version: '0.0.0', readStdin: () => Promise.resolve('') })
    helps.set(words, lines.join('\n'))
  }
  return helps.get(words) as string
}

function blocks(page: string): Block[] {
  return [...readFileSync(join(root, page), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, language = '', text = '']) => ({ language, text }))
}

describe('the documentation', function () {
  this.timeout(20_000)

  for (const page of pages) {
    it(`${page} links to files that exist`, () => {
      const text = readFileSync(join(root, page), 'utf8')
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(resolve(root, dirname(page), target)), `${page}: ${target}`).to.equal(true)
      }
    })

    const configs = blocks(page).filter(({ language, text }) => (language === 'ts' && text.includes('defineConfig')) || (language === 'json' && /"(plugins|providers|server)"/.test(text)))
    for (const [index, { language, text }] of configs.entries()) {
      it(`${page} shows a configuration that loads (${language} ${index + 1})`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-docs-'))
        try {
          writeFileSync(join(folder, `kiro-gateway.config.${language}`), text)
          const settings = await loadSettings({ flags: {}, directory: folder, environment: {} })
          expect(settings.file).to.contain(folder)
          expect(settings.providers).not.to.have.length(0)
        } finally {
          rmSync(folder, { recursive: true, force: true })
        }
      })
    }

    it(`${page} names commands that there are`, async () => {
      const text = readFileSync(join(root, page), 'utf8')
      for (const [, words = ''] of text.matchAll(/(?:`|npx |^\$ )kiro-gateway ((?:accounts|keys|models|status|start|sandbox|login|doctor|[a-z]+)(?: (?:list|import|create|revoke|show|export|remove|scan|test|enable|disable|refresh|restore))?)\b/gm)) {
        // Help for a command that there is not would be the help of the one above it.
        expect(await helpFor(words), `${page}: kiro-gateway ${words}`).to.contain(`Usage: kiro-gateway ${words}`)
      }
    })
  }
})
