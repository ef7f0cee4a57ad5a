import { WS_ERROR, type WsErrorCode } from '../../kalshi/schemas/ws.ts'

/** Kalshi-api §2.4. */
export const ERROR_TEXTS: Readonly<Record<WsErrorCode, string>> = {
  [WS_ERROR.couldNotProcess]: 'Unable to process message',
  [WS_ERROR.paramsMissing]: 'Params required',
  [WS_ERROR.channelsMissing]: 'Channels required',
  [WS_ERROR.sidsMissing]: 'Subscription IDs required',
  [WS_ERROR.unknownCommand]: 'Unknown command',
  [WS_ERROR.unknownSid]: 'Unknown subscription ID',
  [WS_ERROR.unknownChannel]: 'Unknown channel name',
  [WS_ERROR.authenticationRequired]: 'Authentication required',
  [WS_ERROR.channelError]: 'Channel error',
  [WS_ERROR.invalidParameter]: 'Invalid parameter',
  [WS_ERROR.exactlyOneSidRequired]: 'Exactly one subscription ID is required',
  [WS_ERROR.unsupportedAction]: 'Unsupported action',
  [WS_ERROR.marketTickerRequired]: 'Market ticker required',
  [WS_ERROR.actionMissing]: 'Action required',
  [WS_ERROR.commandTimedOut]: 'Command timeout',
  [WS_ERROR.bufferOverflow]: 'Subscription buffer overflow',
  [WS_ERROR.marketLimitExceeded]: 'Market limit exceeded',
  [WS_ERROR.tooManyRequests]: 'Too many requests',
}
