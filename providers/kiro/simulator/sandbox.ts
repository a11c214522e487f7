import type { ImportedAccount, Sandbox, SandboxOptions } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import type { IssuedCredential } from './credentials.ts'
import { startKiroSimulator } from './index.ts'

/** Said before every answer, because nobody may take it for a model's. */
const MARKER = '[sandbox] This answer is simulated. For real ones, add an account: kiro-gateway login kiro\n\n'

/** Starts a simulated service with two accounts, for a gateway that has none of its own. */
export async function startSandbox({ scripted = false, ...options }: SandboxOptions = {}): Promise<Sandbox<KiroCredential>> {
  // What people type into a stand-in is theirs: no journal. Clients of all sorts come here: only what the service itself forgives too.
  const standIn = { marker: MARKER, rotation: 'grace', validation: 'lenient', journal: false, remoteControl: false } as const
  const simulator = await startKiroSimulator({ ...options, ...(scripted ? {} : standIn) })
  const { origin } = simulator
  return {
    origin,
    accounts: [
      sandboxAccount('sandbox-social', 'social', simulator.issue('social')),
      sandboxAccount('sandbox-builder-id', 'builder-id', simulator.issue('builder-id')),
    ],
    options: { apiUrl: origin, authUrl: origin, oidcUrl: origin, managementUrl: origin },
    usage: [
      ...['KIRO_API_URL', 'KIRO_AUTH_URL', 'KIRO_OIDC_URL', 'KIRO_MANAGEMENT_URL'].map(name => `export ${name}=${origin}`),
      `# an account that works there:  curl -sX POST ${origin}/__simulator/issue -d '{"kind":"social"}' > account.json`,
      '# to sign in there:            kiro-gateway login kiro',
      `# a fault for the next request: curl -sX POST ${origin}/__simulator/script -d '[{"do":"error","error":"insufficient-model-capacity"}]'`,
      `# what was asked of it:         curl -s ${origin}/__simulator/journal`,
    ],
    close: () => simulator.close(),
  }
}

function sandboxAccount(label: string, kind: KiroCredential['kind'], issued: IssuedCredential): ImportedAccount<KiroCredential> {
  const { accessToken, refreshToken, expiresAt, clientId, clientSecret, region, provider, profileArn } = issued
  return {
    label,
    credential: {
      kind,
      ...(accessToken === undefined ? {} : { accessToken }),
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(region === undefined ? {} : { authRegion: region }),
      ...(provider === undefined ? {} : { identityProvider: provider }),
      ...(profileArn === undefined ? {} : { profileArn }),
    },
  }
}
