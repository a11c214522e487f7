import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { readDatabase } from '../../../../../providers/kiro/import/database.ts'
import { credentialPlaces } from '../../../../../providers/kiro/import/places.ts'
import { writeCliStore } from '../../../../support/cli-store.ts'
import { REFRESH_TOKEN, US_ARN } from '../../../../support/kiro-account.ts'
import { contextOf, importer } from '../../../../support/kiro-import.ts'
import { temporaryFolders } from '../../../../support/temporary-folder.ts'

const ENDS = '2026-08-22T10:15:30.123456789Z'
const token = (more: object = {}) => ({ access_token: 'aoaX', refresh_token: REFRESH_TOKEN, expires_at: ENDS, region: 'eu-west-1', ...more })
const CLIENT = { client_id: 'client-1', client_secret: 'secret-1', region: 'eu-west-1', oauth_flow: 'DeviceCode' }

describe("the command line client's store", () => {
  const folders = temporaryFolders()

  const stored = (pairs: Readonly<Record<string, unknown>>, state?: Readonly<Record<string, unknown>>): string => {
    const path = join(folders.make(), 'data.sqlite3')
    writeCliStore(path, pairs, state)
    return path
  }
  const imported = async (path: string) => {
    const { accounts } = await importer.parse(importer.readDatabase?.(path, {}) ?? '', contextOf({}, path))
    return accounts.map(account => account.credential)
  }

  it('holds an enterprise token with its client registration and its profile', async () => {
    const pairs = { 'kirocli:odic:token': token({ start_url: 'https://d-0000000000.awsapps.com/start' }), 'kirocli:odic:device-registration': CLIENT }
    const [credential] = await imported(stored(pairs, { 'api.codewhisperer.profile': { arn: US_ARN, profile_name: 'x' } }))
    expect(credential).to.include({ kind: 'idc', clientId: 'client-1', clientSecret: 'secret-1', authRegion: 'eu-west-1', profileArn: US_ARN })
    expect(credential?.expiresAt).to.equal(Date.parse('2026-08-22T10:15:30.123Z'))
  })

  it('holds a Builder ID, a social and an external sign-in under keys of their own', async () => {
    const start_url = 'https://view.awsapps.com/start'
    expect((await imported(stored({ 'codewhisperer:odic:token': token({ start_url }), 'codewhisperer:odic:device-registration': CLIENT })))[0]?.kind).to.equal(
      'builder-id',
    )
    expect((await imported(stored({ 'kirocli:social:token': token({ profile_arn: US_ARN }) })))[0]).to.include({ kind: 'social', profileArn: US_ARN })
    const external = token({ client_id: 'client-2', token_endpoint: 'https://login.microsoftonline.com/x/token' })
    expect((await imported(stored({ 'kirocli:external-idp:token': external })))[0]).to.include({ kind: 'external-idp', clientId: 'client-2' })
  })

  it('means the sign-in that lasts longest where several were left behind', async () => {
    const older = token({ expires_at: '2026-01-01T00:00:00Z', refresh_token: `aor${'Old'.repeat(60)}` })
    const [credential, ...more] = await imported(
      stored({ 'kirocli:odic:token': older, 'kirocli:odic:device-registration': CLIENT, 'kirocli:social:token': token() }),
    )
    expect([credential?.kind, credential?.refreshToken, more.length]).to.deep.equal(['social', REFRESH_TOKEN, 0])
  })

  it('is refused when nobody has signed in, or when it is some other database', async () => {
    const other = join(folders.make(), 'other.sqlite3')
    new DatabaseSync(other).exec('CREATE TABLE notes(text TEXT)')
    for (const path of [stored({}), stored({ 'kirocli:odic:token': 'broken' }), other]) {
      expect(readDatabase(path, {})).to.deep.equal([])
      expect(await imported(path).catch((error: Error) => error.message)).to.contain('holds no credentials')
    }
  })
})

describe("places of Kiro's own programs", () => {
  it('are the local folder on Windows before the roaming one, and the present name before the former elsewhere', () => {
    const windows = credentialPlaces({ platform: 'win32', home: 'C:\\Users\\u', variables: { LOCALAPPDATA: 'D:\\Local', APPDATA: 'D:\\Roaming' } })
    expect(windows).to.deep.equal([
      ['C:\\Users\\u\\.aws\\sso\\cache\\kiro-auth-token.json'],
      ['D:\\Local\\Kiro-Cli\\data.sqlite3', 'D:\\Roaming\\Kiro-Cli\\data.sqlite3'],
    ])
    expect(credentialPlaces({ platform: 'win32', home: 'C:\\Users\\u', variables: {} })[1]?.[0]).to.equal(
      'C:\\Users\\u\\AppData\\Local\\Kiro-Cli\\data.sqlite3',
    )
    expect(credentialPlaces({ platform: 'darwin', home: '/Users/u', variables: {} })[1]).to.deep.equal([
      '/Users/u/Library/Application Support/kiro-cli/data.sqlite3',
      '/Users/u/Library/Application Support/amazon-q/data.sqlite3',
    ])
    expect(credentialPlaces({ platform: 'linux', home: '/home/u', variables: {} })).to.deep.equal([
      ['/home/u/.aws/sso/cache/kiro-auth-token.json'],
      ['/home/u/.local/share/kiro-cli/data.sqlite3', '/home/u/.local/share/amazon-q/data.sqlite3'],
    ])
  })
})
