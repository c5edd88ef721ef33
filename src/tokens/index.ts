export { checkToken } from './check.js'
export type { FoundSession, SessionLookup, TokenContext } from './context.js'
export { TOKEN_LIMITS, type TokenLimits } from './limits.js'
export { OPERATIONS, type Operation, operationOf } from './operations.js'
export { type Question, type QuestionFault, type QuestionTexts, readQuestion } from './question.js'
export { render } from './render.js'
export {
  type RuleJson,
  TOKEN_KINDS,
  type TokenKind,
  type TokenReport,
  type TokenReportJson,
  toJson,
} from './report.js'
export { type GenuineAnswer, RULE_NAMES, type RuleName, type RuleResult } from './rule.js'
