import { isApiKey, regionOfArn } from '../arn.ts'
import type { Rule } from './rule.ts'

/** Rules about who asks, through which host, for which profile. The bearer token itself has been checked before them. */
export const accountRules: readonly Rule[] = [
  {
    name: 'client-identity',
    error: 'not-authorized',
    // Presence only: the versions move, and only the kind of client is known to matter.
    violation: ({ headers }) =>
      /KiroIDE-|AmazonQ-For-CLI/.test(`${headers['user-agent'] ?? ''} ${headers['x-amz-user-agent'] ?? ''}`)
        ? undefined
        : 'the user agent names neither the IDE nor the CLI',
    profiles: ['strict', 'kirodev'],
  },
  {
    name: 'profile-arn-present',
    error: 'profile-arn-required',
    violation: ({ generation, account, form }) => {
      // The CLI's request line is the one on which a Builder ID still gets by without (`kiro.md` §1.3, §1.7).
      if (generation.profileArn !== undefined || isApiKey(account) || (form === 'rpc' && account.kind === 'builder-id')) return undefined
      return 'profileArn missing'
    },
  },
  {
    name: 'profile-arn-owner',
    error: 'not-authorized',
    violation: ({ generation: { profileArn }, account }) =>
      profileArn === undefined || profileArn === account.profileArn ? undefined : 'the ARN belongs to another account or kind of login',
  },
  {
    name: 'profile-arn-header',
    error: 'not-authorized',
    violation: ({ headers, account }) => {
      const arn = headers['x-amzn-kiro-profile-arn']
      return arn === undefined || arn === account.profileArn ? undefined : 'the ARN in the header belongs to another account'
    },
  },
  {
    name: 'profile-arn-region',
    error: 'improperly-formed',
    violation: ({ generation: { profileArn }, hostRegion }) =>
      profileArn === undefined || hostRegion === undefined || regionOfArn(profileArn) === hostRegion
        ? undefined
        : `the ARN’s region is not the host’s (${hostRegion})`,
  },
]
