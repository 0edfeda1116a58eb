"""Stripe's parameters, of each operation here. Written by docs/stripe_names.py from version 2026-10-28.endive."""

from typing import Final

_ADDRESS: Final = """\
address
 city
 country
 line1
 line2
 postal_code
 state"""

_ALLOWED_PAYMENT_METHOD_TYPES: Final = """\
allowed_payment_method_types = acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit
allowed_payment_method_types = bacs_debit bancontact billie bizum blik boku_promptpay boleto capchase_pay card
allowed_payment_method_types = card_present cashapp check_scan click_to_pay crypto customer_balance demo_pay
allowed_payment_method_types = duitnow dummy_auth_push dummy_passthrough_card edenred eps fpx gcash getbalance
allowed_payment_method_types = gift_card giropay gopay grabpay id_bank_transfer ideal interac_present
allowed_payment_method_types = kakao_pay klarna knet konbini kr_card kr_market kriya link mb_way mobilepay
allowed_payment_method_types = momo mondu multibanco naver_pay netbanking ng_bank ng_bank_transfer ng_card
allowed_payment_method_types = ng_market ng_ussd ng_wallet nz_bank_account octopus oxxo p24 paper_check
allowed_payment_method_types = pay_by_bank payco paynow paypal paypay payto pix promptpay qris rechnung
allowed_payment_method_types = revolut_pay samsung_pay satispay scalapay sepa_debit sequra shop_pay shopeepay
allowed_payment_method_types = sofort south_korea_market stripe_balance sunbit swish tamara test_pay
allowed_payment_method_types = touch_n_go truemoney twint upi us_bank_account us_cash_voucher vipps wechat_pay
allowed_payment_method_types = wero zip"""

_AMOUNT_DETAILS: Final = """\
amount_details
 discount_amount
 enforce_arithmetic_validation
 line_items
  discount_amount
  payment_method_options
   card
    commodity_code
   card_present
    commodity_code
   klarna
    image_url
    product_url
    reference
    subscription_reference
   paypal
    category = digital_goods donation physical_goods
    description
    sold_by
  product_code
  product_name
  quantity
  tax
   total_tax_amount
  unit_cost
  unit_of_measure
 shipping
  amount
  from_postal_code
  to_postal_code
 tax
  total_tax_amount"""

_AUTOMATIC_PAYMENT_METHODS: Final = """\
automatic_payment_methods
 allow_redirects = always never
 enabled"""

_BILLING_DETAILS: Final = """\
billing_details
 address
  city
  country
  line1
  line2
  postal_code
  state
 email
 name
 phone
 tax_id"""

_BUSINESS_PROFILE: Final = """\
business_profile
 annual_revenue
  amount
  currency
  fiscal_year_end
 estimated_worker_count
 mcc
 minority_owned_business_designation = lgbtqi_owned_business minority_owned_business none_of_these_apply
 minority_owned_business_designation = prefer_not_to_answer women_owned_business
 monthly_estimated_revenue
  amount
  currency
 name
 product_description
 specified_commercial_transactions_act_url
 support_address
  city
  country
  line1
  line2
  postal_code
  state
 support_email
 support_phone
 support_url
 url"""

_CAPABILITIES: Final = """\
capabilities
 acss_debit_payments
  requested
 affirm_payments
  requested
 afterpay_clearpay_payments
  requested
 alma_payments
  requested
 amazon_pay_payments
  requested
 app_distribution
  requested
 au_becs_debit_payments
  requested
 bacs_debit_payments
  requested
 bancontact_payments
  requested
 bank_transfer_payments
  requested
 billie_payments
  requested
 bizum_payments
  requested
 blik_payments
  requested
 blik_recurring_payments
  requested
 boleto_payments
  requested
 card_issuing
  requested
 card_payments
  requested
 cartes_bancaires_payments
  requested
 cashapp_payments
  requested
 crypto_payments
  requested
 eps_payments
  requested
 fpx_payments
  requested
 gb_bank_transfer_payments
  requested
 giropay_payments
  requested
 grabpay_payments
  requested
 ideal_payments
  requested
 india_international_payments
  requested
 jcb_payments
  requested
 jp_bank_transfer_payments
  requested
 kakao_pay_payments
  requested
 klarna_payments
  requested
 konbini_payments
  requested
 kr_card_payments
  requested
 legacy_payments
  requested
 link_payments
  requested
 mb_way_payments
  requested
 mobilepay_payments
  requested
 multibanco_payments
  requested
 mx_bank_transfer_payments
  requested
 naver_pay_payments
  requested
 nz_bank_account_becs_debit_payments
  requested
 oxxo_payments
  requested
 p24_payments
  requested
 pay_by_bank_payments
  requested
 payco_payments
  requested
 paynow_payments
  requested
 paypay_payments
  requested
 payto_payments
  requested
 pix_payments
  requested
 promptpay_payments
  requested
 revolut_pay_payments
  requested
 samsung_pay_payments
  requested
 satispay_payments
  requested
 scalapay_payments
  requested
 sepa_bank_transfer_payments
  requested
 sepa_debit_payments
  requested
 sequra_payments
  requested
 sofort_payments
  requested
 sunbit_payments
  requested
 swish_payments
  requested
 tax_reporting_us_1099_k
  requested
 tax_reporting_us_1099_misc
  requested
 transfers
  requested
 treasury
  requested
 twint_payments
  requested
 upi_payments
  requested
 us_bank_account_ach_payments
  requested
 us_bank_transfer_payments
  requested
 wero_payments
  requested
 zip_payments
  requested"""

_CASH_BALANCE: Final = """\
cash_balance
 settings
  reconciliation_mode = automatic manual merchant_default"""

_COMPANY: Final = """\
company
 address
  city
  country
  line1
  line2
  postal_code
  state
 address_kana
  city
  country
  line1
  line2
  postal_code
  state
  town
 address_kanji
  city
  country
  line1
  line2
  postal_code
  state
  town
 administrative_address
  city
  country
  line1
  line2
  postal_code
  state
 directors_provided
 directorship_declaration
  date
  ip
  user_agent
 executives_provided
 export_license_id
 export_purpose_code
 name
 name_kana
 name_kanji
 owners_provided
 ownership_declaration
  date
  ip
  user_agent
 ownership_exemption_reason = qualified_entity_exceeds_ownership_threshold qualifies_as_financial_institution
 phone
 physical_address
  city
  country
  line1
  line2
  postal_code
  state
 principal_place_of_business
  city
  country
  line1
  line2
  postal_code
  state
 registration_date
  day
  month
  year
 registration_number
 representative_declaration
  date
  ip
  user_agent
 structure = free_zone_establishment free_zone_llc government_instrumentality governmental_unit
 structure = incorporated_non_profit incorporated_partnership limited_liability_partnership llc
 structure = multi_member_llc private_company private_corporation private_partnership public_company
 structure = public_corporation public_partnership registered_charity single_member_llc sole_establishment
 structure = sole_proprietorship tax_exempt_government_instrumentality unincorporated_association
 structure = unincorporated_non_profit unincorporated_partnership
 tax_id
 tax_id_registrar
 vat_id
 verification
  document
   back
   front"""

_CREATED: Final = """\
created
 gt
 gte
 lt
 lte"""

_CURRENCY_OPTIONS: Final = """\
currency_options
 custom_unit_amount
  enabled
  maximum
  minimum
  preset
 tax_behavior = exclusive inclusive unspecified
 tiers
  flat_amount
  flat_amount_decimal
  unit_amount
  unit_amount_decimal
  up_to = inf
 unit_amount
 unit_amount_decimal"""

_ENABLED_EVENTS: Final = """\
enabled_events = * account.application.authorized account.application.deauthorized
enabled_events = account.external_account.created account.external_account.deleted
enabled_events = account.external_account.updated account.updated application_fee.created
enabled_events = application_fee.refund.updated application_fee.refunded apps.install.created
enabled_events = apps.install.deleted apps.install.updated balance.available balance_settings.updated
enabled_events = billing.alert.triggered billing.credit_balance_transaction.created
enabled_events = billing.credit_grant.created billing.credit_grant.updated billing.meter.created
enabled_events = billing.meter.deactivated billing.meter.reactivated billing.meter.updated
enabled_events = billing_portal.configuration.created billing_portal.configuration.updated
enabled_events = billing_portal.session.created capability.updated cash_balance.funds_available
enabled_events = charge.captured charge.dispute.closed charge.dispute.created charge.dispute.funds_reinstated
enabled_events = charge.dispute.funds_withdrawn charge.dispute.updated charge.expired charge.failed
enabled_events = charge.pending charge.refund.updated charge.refunded charge.succeeded charge.updated
enabled_events = checkout.session.async_payment_failed checkout.session.async_payment_succeeded
enabled_events = checkout.session.completed checkout.session.expired climate.order.canceled
enabled_events = climate.order.created climate.order.delayed climate.order.delivered
enabled_events = climate.order.product_substituted climate.product.created climate.product.pricing_updated
enabled_events = coupon.created coupon.deleted coupon.updated credit_note.created credit_note.updated
enabled_events = credit_note.voided customer.created customer.deleted customer.discount.created
enabled_events = customer.discount.deleted customer.discount.updated customer.source.created
enabled_events = customer.source.deleted customer.source.expiring customer.source.updated
enabled_events = customer.subscription.created customer.subscription.deleted customer.subscription.paused
enabled_events = customer.subscription.pending_update_applied customer.subscription.pending_update_expired
enabled_events = customer.subscription.resumed customer.subscription.trial_will_end
enabled_events = customer.subscription.updated customer.tax_id.created customer.tax_id.deleted
enabled_events = customer.tax_id.updated customer.updated customer_cash_balance_transaction.created
enabled_events = entitlements.active_entitlement_summary.updated file.created
enabled_events = financial_connections.account.account_numbers_updated financial_connections.account.created
enabled_events = financial_connections.account.deactivated financial_connections.account.disconnected
enabled_events = financial_connections.account.expected_deactivation_date_updated
enabled_events = financial_connections.account.reactivated financial_connections.account.refreshed_balance
enabled_events = financial_connections.account.refreshed_ownership
enabled_events = financial_connections.account.refreshed_transactions
enabled_events = financial_connections.account.supported_payment_method_types_updated
enabled_events = financial_connections.account.upcoming_account_number_expiry
enabled_events = financial_connections.account.upcoming_deactivation
enabled_events = financial_connections.authorization.expected_deactivation_date_updated
enabled_events = financial_connections.authorization.upcoming_deactivation
enabled_events = identity.verification_session.canceled identity.verification_session.created
enabled_events = identity.verification_session.processing identity.verification_session.redacted
enabled_events = identity.verification_session.requires_input identity.verification_session.verified
enabled_events = invoice.created invoice.deleted invoice.finalization_failed invoice.finalized
enabled_events = invoice.marked_uncollectible invoice.overdue invoice.overpaid invoice.paid
enabled_events = invoice.payment_action_required invoice.payment_attempt_required invoice.payment_failed
enabled_events = invoice.payment_succeeded invoice.sent invoice.upcoming invoice.updated invoice.voided
enabled_events = invoice.will_be_due invoice_payment.paid invoiceitem.created invoiceitem.deleted
enabled_events = issuing_authorization.created issuing_authorization.request issuing_authorization.updated
enabled_events = issuing_card.created issuing_card.updated issuing_cardholder.created
enabled_events = issuing_cardholder.updated issuing_dispute.closed issuing_dispute.created
enabled_events = issuing_dispute.funds_reinstated issuing_dispute.funds_rescinded issuing_dispute.submitted
enabled_events = issuing_dispute.updated issuing_personalization_design.activated
enabled_events = issuing_personalization_design.deactivated issuing_personalization_design.rejected
enabled_events = issuing_personalization_design.updated issuing_token.created issuing_token.updated
enabled_events = issuing_transaction.created issuing_transaction.purchase_details_receipt_updated
enabled_events = issuing_transaction.updated mandate.updated payment_intent.amount_capturable_updated
enabled_events = payment_intent.canceled payment_intent.created payment_intent.partially_funded
enabled_events = payment_intent.payment_failed payment_intent.processing payment_intent.requires_action
enabled_events = payment_intent.succeeded payment_link.created payment_link.updated payment_method.attached
enabled_events = payment_method.automatically_updated payment_method.detached payment_method.updated
enabled_events = payout.canceled payout.created payout.failed payout.paid payout.reconciliation_completed
enabled_events = payout.updated person.created person.deleted person.updated plan.created plan.deleted
enabled_events = plan.updated price.created price.deleted price.updated product.created product.deleted
enabled_events = product.updated promotion_code.created promotion_code.updated quote.accepted quote.canceled
enabled_events = quote.created quote.finalized radar.early_fraud_warning.created
enabled_events = radar.early_fraud_warning.updated refund.created refund.failed refund.updated
enabled_events = reporting.report_run.failed reporting.report_run.succeeded reporting.report_type.updated
enabled_events = reserve.hold.created reserve.hold.updated reserve.plan.created reserve.plan.disabled
enabled_events = reserve.plan.expired reserve.plan.updated reserve.release.created review.closed review.opened
enabled_events = setup_intent.canceled setup_intent.created setup_intent.requires_action
enabled_events = setup_intent.setup_failed setup_intent.succeeded shared_payment.granted_token.deactivated
enabled_events = shared_payment.granted_token.used sigma.scheduled_query_run.created source.canceled
enabled_events = source.chargeable source.failed source.mandate_notification source.refund_attributes_required
enabled_events = source.transaction.created source.transaction.updated subscription_schedule.aborted
enabled_events = subscription_schedule.canceled subscription_schedule.completed subscription_schedule.created
enabled_events = subscription_schedule.expiring subscription_schedule.released subscription_schedule.updated
enabled_events = tax.settings.updated tax_rate.created tax_rate.updated terminal.reader.action_failed
enabled_events = terminal.reader.action_succeeded terminal.reader.action_updated
enabled_events = test_helpers.test_clock.advancing test_helpers.test_clock.created
enabled_events = test_helpers.test_clock.deleted test_helpers.test_clock.internal_failure
enabled_events = test_helpers.test_clock.ready three_d_secure.authentication.canceled
enabled_events = three_d_secure.authentication.challenge_started three_d_secure.authentication.errored
enabled_events = three_d_secure.authentication.failed three_d_secure.authentication.requires_challenge
enabled_events = three_d_secure.authentication.requires_submission three_d_secure.authentication.succeeded
enabled_events = topup.canceled topup.created topup.failed topup.reversed topup.succeeded transfer.created
enabled_events = transfer.reversed transfer.updated treasury.credit_reversal.created
enabled_events = treasury.credit_reversal.posted treasury.debit_reversal.completed
enabled_events = treasury.debit_reversal.created treasury.debit_reversal.initial_credit_granted
enabled_events = treasury.financial_account.closed treasury.financial_account.created
enabled_events = treasury.financial_account.features_status_updated treasury.inbound_transfer.canceled
enabled_events = treasury.inbound_transfer.created treasury.inbound_transfer.failed
enabled_events = treasury.inbound_transfer.succeeded treasury.outbound_payment.canceled
enabled_events = treasury.outbound_payment.created treasury.outbound_payment.expected_arrival_date_updated
enabled_events = treasury.outbound_payment.failed treasury.outbound_payment.posted
enabled_events = treasury.outbound_payment.returned treasury.outbound_payment.tracking_details_updated
enabled_events = treasury.outbound_transfer.canceled treasury.outbound_transfer.created
enabled_events = treasury.outbound_transfer.expected_arrival_date_updated treasury.outbound_transfer.failed
enabled_events = treasury.outbound_transfer.posted treasury.outbound_transfer.returned
enabled_events = treasury.outbound_transfer.tracking_details_updated treasury.received_credit.created
enabled_events = treasury.received_credit.failed treasury.received_credit.succeeded
enabled_events = treasury.received_debit.created"""

_EXCLUDED_PAYMENT_METHOD_TYPES: Final = """\
excluded_payment_method_types = acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit
excluded_payment_method_types = bacs_debit bancontact billie bizum blik boleto card cashapp crypto
excluded_payment_method_types = customer_balance eps fpx giropay grabpay ideal kakao_pay klarna konbini
excluded_payment_method_types = kr_card mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24
excluded_payment_method_types = pay_by_bank payco paynow paypal paypay payto pix promptpay revolut_pay
excluded_payment_method_types = samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi
excluded_payment_method_types = us_bank_account wechat_pay zip"""

_EXTERNAL_ACCOUNT: Final = """\
external_account
 account_holder_name
 account_holder_type = company individual
 account_number
 address_city
 address_country
 address_line1
 address_line2
 address_state
 address_zip
 country
 currency
 cvc
 default_for_currency
 exp_month
 exp_year
 metadata
 name
 number
 object = card
 routing_number
 token"""

_HOOKS: Final = """\
hooks
 inputs
  tax
   calculation"""

_INDIVIDUAL: Final = """\
individual
 address
  city
  country
  line1
  line2
  postal_code
  state
 address_kana
  city
  country
  line1
  line2
  postal_code
  state
  town
 address_kanji
  city
  country
  line1
  line2
  postal_code
  state
  town
 dob
  day
  month
  year
 email
 first_name
 first_name_kana
 first_name_kanji
 full_name_aliases
 gender
 id_number
 id_number_secondary
 last_name
 last_name_kana
 last_name_kanji
 maiden_name
 metadata
 phone
 political_exposure = existing none
 registered_address
  city
  country
  line1
  line2
  postal_code
  state
 relationship
  director
  executive
  owner
  percent_ownership
  title
 ssn_last_4
 verification
  additional_document
   back
   front
  document
   back
   front"""

_INVOICE_SETTINGS: Final = """\
invoice_settings
 custom_fields
  name
  value
 default_payment_method
 footer
 rendering_options
  amount_tax_display = exclude_tax include_inclusive_tax
  template"""

_MANDATE: Final = """\
mandate
 acceptance
  date
  ip
  offline
   contact_email
  online
   date
   ip
   user_agent
  status = accepted pending refused revoked
  type = offline online
  user_agent
 amount
 currency
 interval = one_time scheduled variable
 notification_method = deprecated_none email manual none stripe_email"""

_MANDATE_DATA: Final = """\
mandate_data
 customer_acceptance
  accepted_at
  offline
  online
   ip_address
   user_agent
  type = offline online"""

_OWNER: Final = """\
owner
 address
  city
  country
  line1
  line2
  postal_code
  state
 email
 name
 phone"""

_PACKAGE_DIMENSIONS: Final = """\
package_dimensions
 height
 length
 weight
 width"""

_PAYMENT_DETAILS: Final = """\
payment_details
 customer_reference
 order_reference"""

_PAYMENT_METHOD_DATA: Final = """\
payment_method_data
 acss_debit
  account_number
  institution_number
  transit_number
 affirm
 afterpay_clearpay
 alipay
 allow_redisplay = always limited unspecified
 alma
 amazon_pay
 au_becs_debit
  account_number
  bsb_number
 bacs_debit
  account_number
  sort_code
 bancontact
 billie
 billing_details
  address
   city
   country
   line1
   line2
   postal_code
   state
  email
  name
  phone
  tax_id
 bizum
 blik
 boleto
  tax_id
 cashapp
 crypto
 customer_balance
 eps
  bank = arzte_und_apotheker_bank austrian_anadi_bank_ag bank_austria bankhaus_carl_spangler
  bank = bankhaus_schelhammer_und_schattera_ag bawag_psk_ag bks_bank_ag brull_kallmus_bank_ag
  bank = btv_vier_lander_bank capital_bank_grawe_gruppe_ag deutsche_bank_ag dolomitenbank easybank_ag
  bank = erste_bank_und_sparkassen hypo_alpeadriabank_international_ag hypo_bank_burgenland_aktiengesellschaft
  bank = hypo_noe_lb_fur_niederosterreich_u_wien hypo_oberosterreich_salzburg_steiermark hypo_tirol_bank_ag
  bank = hypo_vorarlberg_bank_ag marchfelder_bank oberbank_ag raiffeisen_bankengruppe_osterreich
  bank = schoellerbank_ag sparda_bank_wien volksbank_gruppe volkskreditbank_ag vr_bank_braunau
 fpx
  account_holder_type = company individual
  bank = affin_bank agrobank alliance_bank ambank bank_islam bank_muamalat bank_of_china bank_rakyat
  bank = bnp_paribas bsn cimb citibank deutsche_bank hong_leong_bank hsbc kfh maybank2e maybank2u mbsb_bank
  bank = ocbc pb_enterprise public_bank rhb standard_chartered uob
 giropay
 grabpay
 ideal
  bank = abn_amro adyen asn_bank bunq buut finom handelsbanken ing knab mollie moneyou n26 nn rabobank
  bank = regiobank revolut sns_bank triodos_bank van_lanschot yoursafe
 interac_present
 kakao_pay
 klarna
  dob
   day
   month
   year
 konbini
 kr_card
 link
 mb_way
 metadata
 mobilepay
 multibanco
 naver_pay
  funding = card points
 nz_bank_account
  account_holder_name
  account_number
  bank_code
  branch_code
  reference
  suffix
 oxxo
 p24
  bank = alior_bank bank_millennium bank_nowy_bfg_sa bank_pekao_sa banki_spbdzielcze blik bnp_paribas boz
  bank = citi_handlowy credit_agricole envelobank etransfer_pocztowy24 getin_bank ideabank ing inteligo
  bank = mbank_mtransfer nest_przelew noble_pay pbac_z_ipko plus_bank santander_przelew24
  bank = tmobile_usbugi_bankowe toyota_bank velobank volkswagen_bank
 pay_by_bank
 payco
 paynow
 paypal
 paypay
 payto
  account_number
  bsb_number
  pay_id
 pix
 promptpay
 radar_options
  session
 revolut_pay
 samsung_pay
 satispay
 scalapay
 sepa_debit
  iban
 sequra
 shared_payment_granted_token
 sofort
  country = AT BE DE ES IT NL
 sunbit
 swish
 twint
 type = acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact billie
 type = bizum blik boleto cashapp crypto customer_balance eps fpx giropay grabpay ideal kakao_pay klarna
 type = konbini kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco
 type = paynow paypal paypay payto pix promptpay revolut_pay samsung_pay satispay scalapay sepa_debit sequra
 type = sofort sunbit swish twint upi us_bank_account wechat_pay zip
 upi
  mandate_options
   amount
   amount_type = fixed maximum
   description
   end_date
 us_bank_account
  account_holder_type = company individual
  account_number
  account_type = checking savings
  financial_connections_account
  routing_number
 wechat_pay
 zip"""

_PAYMENT_METHOD_OPTIONS: Final = """\
payment_method_options
 acss_debit
  currency = cad usd
  mandate_options
   custom_mandate_url
   default_for = invoice subscription
   interval_description
   payment_schedule = combined interval sporadic
   transaction_type = business personal
  verification_method = automatic instant microdeposits
 amazon_pay
 bacs_debit
  mandate_options
   reference_prefix
 bizum
 blik
  code
  mandate_options
   expires_at
 card
  mandate_options
   amount
   amount_type = fixed maximum
   currency
   description
   end_date
   interval = day month sporadic week year
   interval_count
   reference
   start_date
   supported_types = india
  moto
  network = amex cartes_bancaires diners discover eftpos_au girocard interac jcb link mastercard unionpay
  network = unknown visa
  request_three_d_secure = any automatic challenge
  setup_credential_usage = installment recurring unscheduled
  three_d_secure
   ares_trans_status = A C I N R U Y
   cryptogram
   electronic_commerce_indicator = 01 02 05 06 07
   network_options
    cartes_bancaires
     cb_avalgo = 0 1 2 3 4 A
     cb_exemption
     cb_score
   requestor_challenge_indicator
   transaction_id
   version = 1.0.2 2.1.0 2.2.0 2.3.0 2.3.1
 card_present
 klarna
  currency
  on_demand
   average_amount
   maximum_amount
   minimum_amount
   purchase_interval = day month week year
   purchase_interval_count
  preferred_locale = cs-CZ da-DK de-AT de-CH de-DE el-GR en-AT en-AU en-BE en-CA en-CH en-CZ en-DE en-DK en-ES
  preferred_locale = en-FI en-FR en-GB en-GR en-IE en-IT en-NL en-NO en-NZ en-PL en-PT en-RO en-SE en-US es-ES
  preferred_locale = es-US fi-FI fr-BE fr-CA fr-CH fr-FR it-CH it-IT nb-NO nl-BE nl-NL pl-PL pt-PT ro-RO sv-FI
  preferred_locale = sv-SE
  subscriptions
   interval = day month week year
   interval_count
   name
   next_billing
    amount
    date
   reference
 link
  persistent_token
 paypal
  billing_agreement_id
 payto
  mandate_options
   amount
   amount_type = fixed maximum
   end_date
   payment_schedule = adhoc annual daily fortnightly monthly quarterly semi_annual weekly
   payments_per_period
   purpose = dependant_support government loan mortgage other pension personal retail salary tax utility
   start_date
 pix
  mandate_options
   amount
   amount_includes_iof = always never
   amount_type = fixed maximum
   currency
   end_date
   payment_schedule = halfyearly monthly quarterly weekly yearly
   reference
   start_date
 sepa_debit
  mandate_options
   reference_prefix
 upi
  mandate_options
   amount
   amount_type = fixed maximum
   description
   end_date
  setup_future_usage = none off_session on_session
 us_bank_account
  financial_connections
   filters
    account_subcategories = checking savings
   permissions = balances ownership payment_method transactions
   prefetch = balances ownership transactions
   return_url
  mandate_options
   collection_method = paper
  networks
   requested = ach us_domestic_wire
  verification_method = automatic instant microdeposits"""

_PAYMENT_METHOD_OPTIONS_2: Final = """\
payment_method_options
 acss_debit
  mandate_options
   custom_mandate_url
   interval_description
   payment_schedule = combined interval sporadic
   transaction_type = business personal
  setup_future_usage = none off_session on_session
  target_date
  verification_method = automatic instant microdeposits
 affirm
  capture_method = manual
  preferred_locale
  setup_future_usage = none
 afterpay_clearpay
  capture_method = manual
  reference
  setup_future_usage = none
 alipay
  setup_future_usage = none off_session
 alma
  capture_method = manual
 amazon_pay
  capture_method = manual
  setup_future_usage = none off_session
 au_becs_debit
  setup_future_usage = none off_session on_session
  target_date
 bacs_debit
  mandate_options
   reference_prefix
  setup_future_usage = none off_session on_session
  target_date
 bancontact
  preferred_language = de en fr nl
  setup_future_usage = none off_session
 billie
  capture_method = manual
  company_details
   registered_address
    city
    country
    line1
    line2
    postal_code
    state
   registered_name
   registration_number
   registration_type = ch_ein de_hrb dk_cvr es_cif fi_tunnus fr_siren fr_siret it_rea nl_kvk no_org_number
   registration_type = no_pno se_org_number se_pno uk_crn
   vat
  reference
 bizum
 blik
  code
  mandate_options
   expires_at
  setup_future_usage = none off_session
 boleto
  expires_after_days
  setup_future_usage = none off_session on_session
 card
  capture_method = manual
  cvc_token
  installments
   enabled
   plan
    count
    interval = month
    type = bonus fixed_count revolving
  mandate_options
   amount
   amount_type = fixed maximum
   description
   end_date
   interval = day month sporadic week year
   interval_count
   reference
   start_date
   supported_types = india
  moto
  network = amex cartes_bancaires diners discover eftpos_au girocard interac jcb link mastercard unionpay
  network = unknown visa
  request_extended_authorization = if_available never
  request_incremental_authorization = if_available never
  request_multicapture = if_available never
  request_overcapture = if_available never
  request_three_d_secure = any automatic challenge
  require_cvc_recollection
  setup_credential_usage = installment recurring unscheduled
  setup_future_usage = none off_session on_session
  statement_descriptor_suffix_kana
  statement_descriptor_suffix_kanji
  stored_credential_usage = installment recurring unscheduled
  three_d_secure
   ares_trans_status = A C I N R U Y
   cryptogram
   electronic_commerce_indicator = 01 02 05 06 07
   exemption_indicator = low_risk none
   network_options
    cartes_bancaires
     cb_avalgo = 0 1 2 3 4 A
     cb_exemption
     cb_score
   requestor_challenge_indicator
   transaction_id
   version = 1.0.2 2.1.0 2.2.0 2.3.0 2.3.1
 card_present
  capture_method = manual manual_preferred
  request_extended_authorization
  request_incremental_authorization_support
  routing
   requested_priority = domestic international
 cashapp
  capture_method = manual
  setup_future_usage = none off_session on_session
 crypto
  setup_future_usage = none
 customer_balance
  bank_transfer
   eu_bank_transfer
    country
   requested_address_types = aba iban sepa sort_code spei swift zengin
   type = eu_bank_transfer gb_bank_transfer jp_bank_transfer mx_bank_transfer us_bank_transfer
  funding_type = bank_transfer
  setup_future_usage = none
 eps
  setup_future_usage = none
 fpx
  setup_future_usage = none
 giropay
  setup_future_usage = none
 grabpay
  setup_future_usage = none
 ideal
  setup_future_usage = none off_session
 interac_present
 kakao_pay
  capture_method = manual
  setup_future_usage = none off_session
 klarna
  capture_method = manual
  on_demand
   average_amount
   maximum_amount
   minimum_amount
   purchase_interval = day month week year
   purchase_interval_count
  preferred_locale = cs-CZ da-DK de-AT de-CH de-DE el-GR en-AT en-AU en-BE en-CA en-CH en-CZ en-DE en-DK en-ES
  preferred_locale = en-FI en-FR en-GB en-GR en-IE en-IT en-NL en-NO en-NZ en-PL en-PT en-RO en-SE en-US es-ES
  preferred_locale = es-US fi-FI fr-BE fr-CA fr-CH fr-FR it-CH it-IT nb-NO nl-BE nl-NL pl-PL pt-PT ro-RO sv-FI
  preferred_locale = sv-SE
  setup_future_usage = none off_session on_session
  subscriptions
   interval = day month week year
   interval_count
   name
   next_billing
    amount
    date
   reference
 konbini
  confirmation_number
  expires_after_days
  expires_at
  product_description
  setup_future_usage = none
 kr_card
  capture_method = manual
  setup_future_usage = none off_session
 link
  capture_method = manual
  persistent_token
  setup_future_usage = none off_session
 mb_way
  setup_future_usage = none
 mobilepay
  capture_method = manual
  setup_future_usage = none
 multibanco
  setup_future_usage = none
 naver_pay
  capture_method = manual
  setup_future_usage = none off_session
 nz_bank_account
  setup_future_usage = none off_session on_session
  target_date
 oxxo
  expires_after_days
  setup_future_usage = none
 p24
  setup_future_usage = none
  tos_shown_and_accepted
 pay_by_bank
 payco
  capture_method = manual
  setup_future_usage = none
 paynow
  setup_future_usage = none
 paypal
  capture_method = manual
  preferred_locale = cs-CZ da-DK de-AT de-DE de-LU el-GR en-GB en-US es-ES fi-FI fr-BE fr-FR fr-LU hu-HU it-IT
  preferred_locale = nl-BE nl-NL pl-PL pt-PT sk-SK sv-SE
  reference
  risk_correlation_id
  setup_future_usage = none off_session
 paypay
 payto
  mandate_options
   amount
   amount_type = fixed maximum
   end_date
   payment_schedule = adhoc annual daily fortnightly monthly quarterly semi_annual weekly
   payments_per_period
   purpose = dependant_support government loan mortgage other pension personal retail salary tax utility
  setup_future_usage = none off_session
 pix
  amount_includes_iof = always never
  expires_after_seconds
  expires_at
  mandate_options
   amount
   amount_includes_iof = always never
   amount_type = fixed maximum
   currency
   end_date
   payment_schedule = halfyearly monthly quarterly weekly yearly
   reference
   start_date
  setup_future_usage = none off_session
 promptpay
  setup_future_usage = none
 revolut_pay
  capture_method = manual
  setup_future_usage = none off_session
 samsung_pay
  capture_method = manual
  setup_future_usage = none
 satispay
  capture_method = manual
  setup_future_usage = none off_session on_session
 scalapay
  capture_method = manual
 sepa_debit
  mandate_options
   reference_prefix
  setup_future_usage = none off_session on_session
  target_date
 sequra
  capture_method = manual
  setup_future_usage = none
 sofort
  preferred_language = de en es fr it nl pl
  setup_future_usage = none off_session
 sunbit
  capture_method = manual
  setup_future_usage = none
 swish
  reference
  setup_future_usage = none
 twint
  setup_future_usage = none off_session
 upi
  mandate_options
   amount
   amount_type = fixed maximum
   description
   end_date
  setup_future_usage = none off_session on_session
 us_bank_account
  financial_connections
   filters
    account_subcategories = checking savings
   permissions = balances ownership payment_method transactions
   prefetch = balances ownership transactions
   return_url
  mandate_options
   collection_method = paper
  networks
   requested = ach us_domestic_wire
  setup_future_usage = none off_session on_session
  target_date
  transaction_purpose = goods other services unspecified
  verification_method = automatic instant microdeposits
 wechat_pay
  app_id
  client = android ios web
  setup_future_usage = none
 zip
  setup_future_usage = none"""

_PAYMENT_METHOD_OPTIONS_3: Final = """\
payment_method_options
 card
  installments
   plan
    count
    interval = month
    type = bonus fixed_count revolving"""

_RADAR_OPTIONS: Final = """\
radar_options
 referrer
 session"""

_SHIPPING: Final = """\
shipping
 address
  city
  country
  line1
  line2
  postal_code
  state
 carrier
 name
 phone
 tracking_number"""

_SHIPPING_2: Final = """\
shipping
 address
  city
  country
  line1
  line2
  postal_code
  state
 name
 phone"""

_SHIPPING_OPTIONS: Final = """\
shipping_options
 shipping_rate
 shipping_rate_data
  delivery_estimate
   maximum
    unit = business_day day hour month week
    value
   minimum
    unit = business_day day hour month week
    value
  display_name
  fixed_amount
   amount
   currency
   currency_options
    amount
    tax_behavior = exclusive inclusive unspecified
  metadata
  tax_behavior = exclusive inclusive unspecified
  tax_code
  type = fixed_amount"""

_SOURCE_ORDER: Final = """\
source_order
 items
  amount
  currency
  description
  parent
  quantity
  type = discount shipping sku tax
 shipping
  address
   city
   country
   line1
   line2
   postal_code
   state
  carrier
  name
  phone
  tracking_number"""

_TAX_DETAILS: Final = """\
tax_details
 performance_location
 tax_code"""

_TOS_ACCEPTANCE: Final = """\
tos_acceptance
 date
 ip
 service_agreement
 user_agent"""

_TYPE: Final = """\
type = acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact billie
type = bizum blik boleto card cashapp crypto custom customer_balance eps fpx giropay grabpay ideal kakao_pay
type = klarna konbini kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank
type = payco paynow paypal paypay payto pix promptpay revolut_pay samsung_pay satispay scalapay sepa_debit
type = sequra sofort sunbit swish twint upi us_bank_account wechat_pay zip"""


PARAMETERS: Final = {
    "DELETE /v1/accounts/{}": """
""",
    "DELETE /v1/accounts/{}/external_accounts/{}": """
""",
    "DELETE /v1/apple_pay/domains/{}": """
""",
    "DELETE /v1/coupons/{}": """
""",
    "DELETE /v1/customers/{}": """
""",
    "DELETE /v1/customers/{}/sources/{}": """
expand
""",
    "DELETE /v1/customers/{}/tax_ids/{}": """
""",
    "DELETE /v1/ephemeral_keys/{}": """
expand
""",
    "DELETE /v1/products/{}": """
""",
    "DELETE /v1/webhook_endpoints/{}": """
""",
    "GET /v1/account": """
expand
""",
    "GET /v1/accounts": f"""
{_CREATED}
ending_before
expand
limit
starting_after
""",
    "GET /v1/accounts/{}": """
expand
""",
    "GET /v1/accounts/{}/capabilities": """
expand
""",
    "GET /v1/accounts/{}/capabilities/{}": """
expand
""",
    "GET /v1/accounts/{}/external_accounts": """
ending_before
expand
limit
object = bank_account card
starting_after
""",
    "GET /v1/accounts/{}/external_accounts/{}": """
expand
""",
    "GET /v1/apple_pay/domains": """
domain_name
ending_before
expand
limit
starting_after
""",
    "GET /v1/apple_pay/domains/{}": """
expand
""",
    "GET /v1/application_fees": f"""
charge
{_CREATED}
ending_before
expand
limit
starting_after
""",
    "GET /v1/application_fees/{}": """
expand
""",
    "GET /v1/application_fees/{}/refunds": """
ending_before
expand
limit
starting_after
""",
    "GET /v1/application_fees/{}/refunds/{}": """
expand
""",
    "GET /v1/balance": """
expand
""",
    "GET /v1/balance/history": f"""
{_CREATED}
currency
ending_before
expand
limit
payout
source
starting_after
type
""",
    "GET /v1/balance/history/{}": """
expand
""",
    "GET /v1/balance_transactions": f"""
{_CREATED}
currency
ending_before
expand
limit
payout
source
starting_after
type
""",
    "GET /v1/balance_transactions/{}": """
expand
""",
    "GET /v1/charges": f"""
{_CREATED}
customer
ending_before
expand
limit
payment_intent
starting_after
transfer_group
""",
    "GET /v1/charges/search": """
expand
limit
page
query
""",
    "GET /v1/charges/{}": """
expand
""",
    "GET /v1/charges/{}/refunds": f"""
charge
{_CREATED}
ending_before
expand
limit
payment_intent
starting_after
""",
    "GET /v1/charges/{}/refunds/{}": """
expand
""",
    "GET /v1/checkout/sessions": f"""
{_CREATED}
customer
customer_account
customer_details
 email
ending_before
expand
limit
payment_intent
payment_link
starting_after
status = complete expired open
subscription
""",
    "GET /v1/checkout/sessions/{}": """
expand
""",
    "GET /v1/checkout/sessions/{}/line_items": """
ending_before
expand
limit
starting_after
""",
    "GET /v1/confirmation_tokens/{}": """
expand
""",
    "GET /v1/coupons": f"""
{_CREATED}
ending_before
expand
limit
starting_after
""",
    "GET /v1/coupons/{}": """
expand
""",
    "GET /v1/credit_notes": f"""
{_CREATED}
customer
customer_account
ending_before
expand
invoice
limit
starting_after
""",
    "GET /v1/customers": f"""
{_CREATED}
email
ending_before
expand
limit
starting_after
test_clock
""",
    "GET /v1/customers/search": """
expand
limit
page
query
""",
    "GET /v1/customers/{}": """
expand
""",
    "GET /v1/customers/{}/payment_methods": f"""
allow_redisplay = always limited unspecified
ending_before
expand
limit
starting_after
{_TYPE}
""",
    "GET /v1/customers/{}/payment_methods/{}": """
expand
""",
    "GET /v1/customers/{}/sources": """
ending_before
expand
limit
object
starting_after
""",
    "GET /v1/customers/{}/sources/{}": """
expand
""",
    "GET /v1/customers/{}/tax_ids": """
ending_before
expand
limit
starting_after
""",
    "GET /v1/customers/{}/tax_ids/{}": """
expand
""",
    "GET /v1/disputes": f"""
charge
{_CREATED}
ending_before
expand
limit
payment_intent
starting_after
""",
    "GET /v1/disputes/{}": """
expand
""",
    "GET /v1/entitlements/features": """
archived
ending_before
expand
limit
lookup_key
starting_after
""",
    "GET /v1/events": f"""
{_CREATED}
delivery_success
ending_before
expand
limit
starting_after
type
types
""",
    "GET /v1/events/{}": """
expand
""",
    "GET /v1/file_links": f"""
{_CREATED}
ending_before
expand
expired
file
limit
starting_after
""",
    "GET /v1/files": f"""
{_CREATED}
ending_before
expand
limit
purpose = account_requirement additional_verification business_icon business_logo customer_signature
purpose = dispute_evidence document_provider_identity_document finance_report_run financial_account_statement
purpose = identity_document identity_document_downloadable issuing_regulatory_reporting pci_document
purpose = platform_terms_of_service selfie sigma_scheduled_query tax_document_user_upload terminal_android_apk
purpose = terminal_reader_splashscreen terminal_wifi_certificate terminal_wifi_private_key
starting_after
""",
    "GET /v1/invoice_payments": f"""
{_CREATED}
ending_before
expand
invoice
limit
payment
 payment_intent
 payment_record
 type = payment_intent payment_record
starting_after
status = canceled open paid
""",
    "GET /v1/payment_intents": f"""
{_CREATED}
customer
customer_account
ending_before
expand
limit
starting_after
""",
    "GET /v1/payment_intents/search": """
expand
limit
page
query
""",
    "GET /v1/payment_intents/{}": """
client_secret
expand
""",
    "GET /v1/payment_links": """
active
ending_before
expand
limit
starting_after
""",
    "GET /v1/payment_method_domains": """
domain_name
enabled
ending_before
expand
limit
starting_after
""",
    "GET /v1/payment_method_domains/{}": """
expand
""",
    "GET /v1/payment_methods": f"""
allow_redisplay = always limited unspecified
customer
customer_account
ending_before
expand
limit
starting_after
{_TYPE}
""",
    "GET /v1/payment_methods/{}": """
expand
""",
    "GET /v1/payouts": f"""
arrival_date
 gt
 gte
 lt
 lte
{_CREATED}
destination
ending_before
expand
limit
starting_after
status
""",
    "GET /v1/payouts/{}": """
expand
""",
    "GET /v1/plans": f"""
active
{_CREATED}
ending_before
expand
limit
product
starting_after
""",
    "GET /v1/prices": f"""
active
{_CREATED}
currency
ending_before
expand
limit
lookup_keys
product
recurring
 interval = day month week year
 meter
 usage_type = licensed metered
starting_after
type = one_time recurring
""",
    "GET /v1/prices/search": """
expand
limit
page
query
""",
    "GET /v1/prices/{}": """
expand
""",
    "GET /v1/products": f"""
active
{_CREATED}
ending_before
expand
ids
limit
shippable
starting_after
type = good service
url
""",
    "GET /v1/products/search": """
expand
limit
page
query
""",
    "GET /v1/products/{}": """
expand
""",
    "GET /v1/products/{}/features": """
ending_before
expand
limit
starting_after
""",
    "GET /v1/promotion_codes": f"""
active
code
coupon
{_CREATED}
customer
customer_account
ending_before
expand
limit
starting_after
""",
    "GET /v1/promotion_codes/{}": """
expand
""",
    "GET /v1/quotes": """
customer
customer_account
ending_before
expand
limit
starting_after
status = accepted canceled draft open
test_clock
""",
    "GET /v1/radar/early_fraud_warnings": f"""
charge
{_CREATED}
ending_before
expand
limit
payment_intent
starting_after
""",
    "GET /v1/radar/early_fraud_warnings/{}": """
expand
""",
    "GET /v1/refunds": f"""
charge
{_CREATED}
ending_before
expand
limit
payment_intent
starting_after
""",
    "GET /v1/refunds/{}": """
expand
""",
    "GET /v1/reviews": f"""
{_CREATED}
ending_before
expand
limit
starting_after
""",
    "GET /v1/setup_attempts": f"""
{_CREATED}
ending_before
expand
limit
setup_intent
starting_after
""",
    "GET /v1/setup_intents": f"""
attach_to_self
{_CREATED}
customer
customer_account
ending_before
expand
limit
payment_method
starting_after
""",
    "GET /v1/setup_intents/{}": """
client_secret
expand
""",
    "GET /v1/shared_payment/granted_tokens/{}": """
expand
""",
    "GET /v1/shipping_rates": f"""
active
{_CREATED}
currency
ending_before
expand
limit
starting_after
""",
    "GET /v1/shipping_rates/{}": """
expand
""",
    "GET /v1/sources/{}": """
client_secret
expand
""",
    "GET /v1/tax_codes/{}": """
expand
""",
    "GET /v1/tax_ids": """
ending_before
expand
limit
owner
 account
 customer
 customer_account
 type = account application customer self
starting_after
""",
    "GET /v1/tax_rates": f"""
active
{_CREATED}
ending_before
expand
inclusive
limit
starting_after
""",
    "GET /v1/tokens/{}": """
expand
""",
    "GET /v1/topups": f"""
amount
 gt
 gte
 lt
 lte
{_CREATED}
ending_before
expand
limit
starting_after
status = canceled failed pending succeeded
""",
    "GET /v1/transfers": f"""
{_CREATED}
destination
ending_before
expand
limit
starting_after
transfer_group
""",
    "GET /v1/transfers/{}": """
expand
""",
    "GET /v1/transfers/{}/reversals": """
ending_before
expand
limit
starting_after
""",
    "GET /v1/transfers/{}/reversals/{}": """
expand
""",
    "GET /v1/webhook_endpoints": """
ending_before
expand
limit
starting_after
""",
    "GET /v1/webhook_endpoints/{}": """
expand
""",
    "POST /v1/account_links": """
account
collect = currently_due eventually_due
collection_options
 fields = currently_due eventually_due
 future_requirements = include omit
expand
refresh_url
return_url
type = account_onboarding account_update
""",
    "POST /v1/accounts": f"""
account_token
{_BUSINESS_PROFILE}
business_type = company government_entity individual non_profit
{_CAPABILITIES}
{_COMPANY}
controller
 fees
  payer = account application
 losses
  payments = application stripe
 requirement_collection = application stripe
 stripe_dashboard
  type = express full none
country
default_currency
documents
 bank_account_ownership_verification
  files
 company_license
  files
 company_memorandum_of_association
  files
 company_ministerial_decree
  files
 company_registration_verification
  files
 company_tax_id_verification
  files
 proof_of_address
  files
 proof_of_business_presence
  files
 proof_of_ultimate_beneficial_ownership
  files
  signer
   person
email
expand
{_EXTERNAL_ACCOUNT}
groups
 payments_pricing
{_INDIVIDUAL}
metadata
settings
 bacs_debit_payments
  display_name
 branding
  icon
  logo
  primary_color
  secondary_color
 card_issuing
  tos_acceptance
   date
   ip
   user_agent
 card_payments
  decline_on
   avs_failure
   cvc_failure
  statement_descriptor_prefix
  statement_descriptor_prefix_kana
  statement_descriptor_prefix_kanji
 invoices
  hosted_payment_method_save = always never offer
 payments
  statement_descriptor
  statement_descriptor_kana
  statement_descriptor_kanji
 payouts
  debit_negative_balances
  schedule
   delay_days = minimum
   interval = daily manual monthly weekly
   monthly_anchor
   monthly_payout_days
   weekly_anchor = friday monday saturday sunday thursday tuesday wednesday
   weekly_payout_days = friday monday thursday tuesday wednesday
  statement_descriptor
 paypay_payments
  additional_files
  goods_type = digital_content other
  site
   accessible
   in_development
    password
    username
   restricted
    payment_flow_file
   type = accessible in_development restricted
 sepa_debit_payments
  creditor_id
 treasury
  tos_acceptance
   date
   ip
   user_agent
{_TOS_ACCEPTANCE}
type = custom express standard
""",
    "POST /v1/accounts/{}": f"""
account_token
{_BUSINESS_PROFILE}
business_type = company government_entity individual non_profit
{_CAPABILITIES}
{_COMPANY}
default_currency
documents
 bank_account_ownership_verification
  files
 company_license
  files
 company_memorandum_of_association
  files
 company_ministerial_decree
  files
 company_registration_verification
  files
 company_tax_id_verification
  files
 proof_of_address
  files
 proof_of_business_presence
  files
 proof_of_registration
  files
  signer
   person
 proof_of_ultimate_beneficial_ownership
  files
  signer
   person
email
expand
{_EXTERNAL_ACCOUNT}
groups
 payments_pricing
{_INDIVIDUAL}
metadata
settings
 bacs_debit_payments
  display_name
 branding
  icon
  logo
  primary_color
  secondary_color
 card_issuing
  tos_acceptance
   date
   ip
   user_agent
 card_payments
  decline_on
   avs_failure
   cvc_failure
  statement_descriptor_prefix
  statement_descriptor_prefix_kana
  statement_descriptor_prefix_kanji
 invoices
  default_account_tax_ids
  hosted_payment_method_save = always never offer
 payments
  statement_descriptor
  statement_descriptor_kana
  statement_descriptor_kanji
 payouts
  debit_negative_balances
  schedule
   delay_days = minimum
   interval = daily manual monthly weekly
   monthly_anchor
   monthly_payout_days
   weekly_anchor = friday monday saturday sunday thursday tuesday wednesday
   weekly_payout_days = friday monday thursday tuesday wednesday
  statement_descriptor
 paypay_payments
  additional_files
  goods_type = digital_content other
  site
   accessible
   in_development
    password
    username
   restricted
    payment_flow_file
   type = accessible in_development restricted
 sepa_debit_payments
  creditor_id
 treasury
  tos_acceptance
   date
   ip
   user_agent
{_TOS_ACCEPTANCE}
""",
    "POST /v1/accounts/{}/capabilities/{}": """
expand
requested
""",
    "POST /v1/accounts/{}/external_accounts": """
default_for_currency
expand
external_account
 account_holder_name
 account_holder_type = company individual
 account_number
 address_city
 address_country
 address_line1
 address_line2
 address_state
 address_zip
 country
 currency
 cvc
 exp_month
 exp_year
 metadata
 name
 number
 object = card
 routing_number
 token
metadata
""",
    "POST /v1/accounts/{}/external_accounts/{}": """
account_holder_name
account_holder_type = company individual
account_type = checking futsu savings toza
address_city
address_country
address_line1
address_line2
address_state
address_zip
default_for_currency
documents
 bank_account_ownership_verification
  files
exp_month
exp_year
expand
metadata
name
""",
    "POST /v1/accounts/{}/login_links": """
expand
""",
    "POST /v1/accounts/{}/reject": """
expand
payouts_action = none pause
reason = credit fraud_no_intent_to_fulfill fraud_other fraud_payment_method_casher fraud_payment_method_tester
reason = other terms_of_service
""",
    "POST /v1/apple_pay/domains": """
domain_name
expand
""",
    "POST /v1/application_fees/{}/refunds": """
amount
expand
metadata
""",
    "POST /v1/application_fees/{}/refunds/{}": """
expand
metadata
""",
    "POST /v1/charges": f"""
amount
application_fee
application_fee_amount
capture
currency
customer
description
destination
 account
 amount
expand
metadata
on_behalf_of
radar_options
 session
receipt_email
{_SHIPPING}
source
statement_descriptor
statement_descriptor_suffix
transfer_data
 amount
 description
 destination
transfer_group
""",
    "POST /v1/charges/{}": f"""
customer
description
expand
fraud_details
 user_report = fraudulent safe
metadata
receipt_email
{_SHIPPING}
transfer_group
""",
    "POST /v1/charges/{}/capture": """
amount
application_fee
application_fee_amount
expand
receipt_email
statement_descriptor
statement_descriptor_suffix
transfer_data
 amount
transfer_group
""",
    "POST /v1/charges/{}/refund": """
amount
charge
currency
customer
expand
instructions_email
metadata
origin = customer_balance
payment_intent
reason = duplicate fraudulent requested_by_customer
refund_application_fee
reverse_transfer
""",
    "POST /v1/charges/{}/refunds": """
amount
charge
currency
customer
expand
instructions_email
metadata
origin = customer_balance
payment_intent
reason = duplicate fraudulent requested_by_customer
refund_application_fee
reverse_transfer
""",
    "POST /v1/checkout/sessions": f"""
adaptive_pricing
 enabled
after_expiration
 recovery
  allow_promotion_codes
  enabled
allow_promotion_codes
allowed_payment_method_types = acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit
allowed_payment_method_types = bacs_debit bancontact billie bizum blik boleto card cashapp crypto
allowed_payment_method_types = customer_balance eps fpx giropay grabpay ideal kakao_pay klarna konbini kr_card
allowed_payment_method_types = link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank
allowed_payment_method_types = payco paynow paypal paypay payto pix promptpay revolut_pay samsung_pay satispay
allowed_payment_method_types = scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account
allowed_payment_method_types = wechat_pay zip
automatic_tax
 enabled
 liability
  account
  type = account self
billing_address_collection = auto required
branding_settings
 background_color
 border_style = pill rectangular rounded
 button_color
 display_name
 font_family = be_vietnam_pro bitter chakra_petch default hahmlet inconsolata inter lato lora m_plus_1_code
 font_family = montserrat noto_sans noto_sans_jp noto_serif nunito open_sans pridi pt_sans pt_serif raleway
 font_family = roboto roboto_slab source_sans_pro titillium_web ubuntu_mono zen_maru_gothic
 icon
  file
  type = file url
  url
 logo
  file
  type = file url
  url
cancel_url
client_reference_id
consent_collection
 payment_method_reuse_agreement
  position = auto hidden
 promotions = auto none
 terms_of_service = none required
currency
custom_fields
 dropdown
  default_value
  options
   label
   value
 key
 label
  custom
  type = custom
 numeric
  default_value
  maximum_length
  minimum_length
 optional
 text
  default_value
  maximum_length
  minimum_length
 type = dropdown numeric text
custom_text
 after_submit
  message
 shipping_address
  message
 submit
  message
 terms_of_service_acceptance
  message
customer
customer_account
customer_creation = always if_required
customer_email
customer_update
 address = auto never
 name = auto never
 shipping = auto never
discounts
 coupon
 promotion_code
{_EXCLUDED_PAYMENT_METHOD_TYPES}
expand
expires_at
integration_identifier
invoice_creation
 enabled
 invoice_data
  account_tax_ids
  custom_fields
   name
   value
  description
  footer
  issuer
   account
   type = account self
  metadata
  rendering_options
   amount_tax_display = exclude_tax include_inclusive_tax
   template
line_items
 adjustable_quantity
  enabled
  maximum
  minimum
 metadata
 price
 price_data
  currency
  product
  product_data
   description
   images
   metadata
   name
   tax_code
   tax_details
    performance_location
    tax_code
   unit_label
  recurring
   interval = day month week year
   interval_count
  tax_behavior = exclusive inclusive unspecified
  unit_amount
  unit_amount_decimal
 quantity
 tax_rates
locale = auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl
locale = pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW
managed_payments
 enabled
metadata
mode = payment setup subscription
name_collection
 business
  enabled
  optional
 individual
  enabled
  optional
optional_items
 adjustable_quantity
  enabled
  maximum
  minimum
 price
 quantity
origin_context = mobile_app web
payment_intent_data
 application_fee_amount
 capture_method = automatic automatic_async manual
 description
 metadata
 on_behalf_of
 receipt_email
 setup_future_usage = off_session on_session
 shipping
  address
   city
   country
   line1
   line2
   postal_code
   state
  carrier
  name
  phone
  tracking_number
 statement_descriptor
 statement_descriptor_suffix
 transfer_data
  amount
  destination
 transfer_group
payment_method_collection = always if_required
payment_method_configuration
payment_method_data
 allow_redisplay = always limited unspecified
 shared_payment_granted_token
payment_method_options
 acss_debit
  currency = cad usd
  mandate_options
   custom_mandate_url
   default_for = invoice subscription
   interval_description
   payment_schedule = combined interval sporadic
   transaction_type = business personal
  setup_future_usage = none off_session on_session
  target_date
  verification_method = automatic instant microdeposits
 affirm
  capture_method = manual
  setup_future_usage = none
 afterpay_clearpay
  capture_method = manual
  setup_future_usage = none
 alipay
  setup_future_usage = none
 alma
  capture_method = manual
 amazon_pay
  capture_method = manual
  setup_future_usage = none off_session
 au_becs_debit
  setup_future_usage = none
  target_date
 bacs_debit
  mandate_options
   reference_prefix
  setup_future_usage = none off_session on_session
  target_date
 bancontact
  setup_future_usage = none off_session
 billie
  capture_method = manual
 blik
  mandate_options
   expires_at
  setup_future_usage = none off_session
 boleto
  expires_after_days
  setup_future_usage = none off_session on_session
 card
  capture_method = manual
  installments
   enabled
  request_extended_authorization = if_available never
  request_incremental_authorization = if_available never
  request_multicapture = if_available never
  request_overcapture = if_available never
  request_three_d_secure = any automatic challenge
  restrictions
   brands_blocked = american_express discover_global_network mastercard visa
   funding_types_blocked = credit debit prepaid
  setup_future_usage = off_session on_session
  statement_descriptor_suffix_kana
  statement_descriptor_suffix_kanji
 cashapp
  capture_method = manual
  setup_future_usage = none off_session on_session
 crypto
  setup_future_usage = none
 customer_balance
  bank_transfer
   eu_bank_transfer
    country
   requested_address_types = aba iban sepa sort_code spei swift zengin
   type = eu_bank_transfer gb_bank_transfer jp_bank_transfer mx_bank_transfer us_bank_transfer
  funding_type = bank_transfer
  setup_future_usage = none
 demo_pay
  setup_future_usage = none off_session
 eps
  setup_future_usage = none
 fpx
  setup_future_usage = none
 giropay
  setup_future_usage = none
 grabpay
  setup_future_usage = none
 ideal
  setup_future_usage = none
 kakao_pay
  capture_method = manual
  setup_future_usage = none off_session
 klarna
  capture_method = manual
  setup_future_usage = none
  subscriptions
   interval = day month week year
   interval_count
   name
   next_billing
    amount
    date
   reference
 konbini
  expires_after_days
  setup_future_usage = none
 kr_card
  capture_method = manual
  setup_future_usage = none off_session
 link
  capture_method = manual
  setup_future_usage = none off_session
 mobilepay
  capture_method = manual
  setup_future_usage = none
 multibanco
  setup_future_usage = none
 naver_pay
  capture_method = manual
  setup_future_usage = none off_session
 oxxo
  expires_after_days
  setup_future_usage = none
 p24
  setup_future_usage = none
  tos_shown_and_accepted
 pay_by_bank
 payco
  capture_method = manual
  setup_future_usage = none
 paynow
  setup_future_usage = none
 paypal
  capture_method = manual
  preferred_locale = cs-CZ da-DK de-AT de-DE de-LU el-GR en-GB en-US es-ES fi-FI fr-BE fr-FR fr-LU hu-HU it-IT
  preferred_locale = nl-BE nl-NL pl-PL pt-PT sk-SK sv-SE
  reference
  risk_correlation_id
  setup_future_usage = none off_session
 payto
  mandate_options
   amount
   amount_type = fixed maximum
   end_date
   payment_schedule = adhoc annual daily fortnightly monthly quarterly semi_annual weekly
   payments_per_period
   purpose = dependant_support government loan mortgage other pension personal retail salary tax utility
   start_date
  setup_future_usage = none off_session
 pix
  amount_includes_iof = always never
  expires_after_seconds
  mandate_options
   amount
   amount_includes_iof = always never
   amount_type = fixed maximum
   currency
   end_date
   payment_schedule = halfyearly monthly quarterly weekly yearly
   reference
   start_date
  setup_future_usage = none off_session
 revolut_pay
  capture_method = manual
  setup_future_usage = none off_session
 samsung_pay
  capture_method = manual
  setup_future_usage = none
 satispay
  capture_method = manual
 scalapay
  capture_method = manual
 sepa_debit
  mandate_options
   reference_prefix
  setup_future_usage = none off_session on_session
  target_date
 sequra
  capture_method = manual
 sofort
  setup_future_usage = none
 sunbit
  capture_method = manual
  setup_future_usage = none
 swish
  reference
 twint
  setup_future_usage = none off_session
 upi
  mandate_options
   amount
   amount_type = fixed maximum
   description
   end_date
  setup_future_usage = none off_session on_session
 us_bank_account
  financial_connections
   permissions = balances ownership payment_method transactions
   prefetch = balances ownership transactions
  setup_future_usage = none off_session on_session
  target_date
  verification_method = automatic instant
 wechat_pay
  app_id
  client = android ios web
  setup_future_usage = none
permissions
 update_shipping_details = client_only server_only
phone_number_collection
 enabled
redirect_on_completion = always if_required never
return_url
saved_payment_method_options
 allow_redisplay_filters = always limited unspecified
 payment_method_remove = disabled enabled
 payment_method_save = disabled enabled
setup_intent_data
 description
 metadata
 on_behalf_of
shipping_address_collection
 allowed_countries = AC AD AE AF AG AI AL AM AO AQ AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ
 allowed_countries = BR BS BT BV BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CV CW CY CZ DE DJ DK DM DO DZ EC
 allowed_countries = EE EG EH ER ES ET FI FJ FK FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY
 allowed_countries = HK HN HR HT HU ID IE IL IM IN IO IQ IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LB
 allowed_countries = LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ
 allowed_countries = NA NC NE NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PY QA RE RO RS RU
 allowed_countries = RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SZ TA TC TD TF TG TH TJ TK TL
 allowed_countries = TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS XK YE YT ZA ZM ZW ZZ
{_SHIPPING_OPTIONS}
submit_type = auto book donate pay subscribe
subscription_data
 application_fee_percent
 billing_cycle_anchor
 billing_cycle_anchor_config
  day_of_month
  hour
  minute
  month
  second
 billing_mode
  flexible
   proration_discounts = included itemized
  type = classic flexible
 default_tax_rates
 description
 invoice_settings
  account_tax_ids
  custom_fields
   name
   value
  description
  footer
  issuer
   account
   type = account self
 metadata
 on_behalf_of
 pending_invoice_item_interval
  interval = day month week year
  interval_count
 proration_behavior = create_prorations none
 transfer_data
  amount_percent
  destination
 trial_end
 trial_period_days
 trial_settings
  end_behavior
   missing_payment_method = cancel create_invoice pause
success_url
tax_id_collection
 enabled
 required = if_supported never
ui_mode = elements embedded_page form hosted_page
wallet_options
 link
  display = auto never
""",
    "POST /v1/checkout/sessions/{}": f"""
collected_information
 shipping_details
  address
   city
   country
   line1
   line2
   postal_code
   state
  name
expand
line_items
 adjustable_quantity
  enabled
  maximum
  minimum
 id
 metadata
 price
 price_data
  currency
  product
  product_data
   description
   images
   metadata
   name
   tax_code
   tax_details
    performance_location
    tax_code
   unit_label
  recurring
   interval = day month week year
   interval_count
  tax_behavior = exclusive inclusive unspecified
  unit_amount
  unit_amount_decimal
 quantity
 tax_rates
metadata
payment_intent_data
 description
 metadata
 setup_future_usage = off_session on_session
 statement_descriptor
 statement_descriptor_suffix
{_SHIPPING_OPTIONS}
""",
    "POST /v1/checkout/sessions/{}/expire": """
expand
""",
    "POST /v1/confirmation_tokens": f"""
expand
payment_method
{_PAYMENT_METHOD_DATA}
{_PAYMENT_METHOD_OPTIONS_3}
return_url
setup_future_usage = off_session on_session
{_SHIPPING_2}
""",
    "POST /v1/coupons": """
amount_off
applies_to
 products
currency
currency_options
 amount_off
duration = forever once repeating
duration_in_months
expand
id
max_redemptions
metadata
name
percent_off
redeem_by
""",
    "POST /v1/coupons/{}": """
currency_options
 amount_off
expand
metadata
name
""",
    "POST /v1/customer_sessions": """
components
 active_entitlements
  enabled
 buy_button
  enabled
 customer_portal
  enabled
 customer_sheet
  enabled
  features
   payment_method_allow_redisplay_filters = always limited unspecified
   payment_method_remove = disabled enabled
 mobile_payment_element
  enabled
  features
   payment_method_allow_redisplay_filters = always limited unspecified
   payment_method_redisplay = disabled enabled
   payment_method_remove = disabled enabled
   payment_method_save = disabled enabled
   payment_method_save_allow_redisplay_override = always limited unspecified
 payment_element
  enabled
  features
   payment_method_allow_redisplay_filters = always limited unspecified
   payment_method_redisplay = disabled enabled
   payment_method_redisplay_limit
   payment_method_remove = disabled enabled
   payment_method_save = disabled enabled
   payment_method_save_usage = off_session on_session
 pricing_table
  enabled
customer
customer_account
expand
""",
    "POST /v1/customers": f"""
{_ADDRESS}
balance
business_name
{_CASH_BALANCE}
description
email
expand
individual_name
invoice_prefix
{_INVOICE_SETTINGS}
metadata
name
next_invoice_sequence
payment_method
phone
preferred_locales
{_SHIPPING_2}
source
tax
 ip_address
 validate_location = deferred immediately
tax_exempt = exempt none reverse
tax_id_data
 type = ad_nrt ae_trn al_tin am_tin ao_tin ar_cuit au_abn au_acn au_arn au_wpn aw_tin az_tin ba_tin bb_tin
 type = bd_bin bf_ifu bg_uic bh_vat bj_ifu bo_tin br_cnpj br_cpf bs_tin bw_vat by_tin ca_bn ca_gst_hst
 type = ca_pst_bc ca_pst_mb ca_pst_sk ca_qst cd_nif ch_uid ch_vat ci_vat cl_tin cm_niu cn_tin co_nit cr_tin
 type = cv_nif cz_dic de_stn do_rcn ec_ruc eg_tin es_cif et_tin eu_oss_vat eu_vat fo_vat fr_siren fr_siret
 type = fr_spi gb_vat ge_vat gh_tin gi_tin gn_nif hk_br hr_oib hu_tin ic_nif id_npwp il_vat in_gst is_kt
 type = is_vat it_cf jp_cn jp_rn jp_trn ke_pin kg_tin kh_tin kr_brn kz_bin la_tin li_uid li_vat lk_vat ma_vat
 type = md_cf md_vat me_pib mk_vat mr_nif mu_vat mx_rfc my_frp my_itn my_sst mz_nuit ng_tin no_vat no_voec
 type = np_pan nz_bn nz_gst om_vat pe_ruc ph_tin pl_nip pt_nif py_ruc ro_tin rs_pib ru_inn ru_kpp sa_vat
 type = sg_gst sg_uen si_tin sm_coe sn_ninea sr_fin sv_nit th_vat tj_tin tr_tin tt_bir tt_vat tw_vat tz_vat
 type = ua_vat ug_tin us_ein uy_ruc uz_tin uz_vat ve_rif vn_tin za_vat zm_tin zw_tin
 value
test_clock
validate
""",
    "POST /v1/customers/{}": f"""
{_ADDRESS}
balance
business_name
{_CASH_BALANCE}
default_source
description
email
expand
individual_name
invoice_prefix
{_INVOICE_SETTINGS}
metadata
name
next_invoice_sequence
phone
preferred_locales
{_SHIPPING_2}
source
tax
 ip_address
 validate_location = auto deferred immediately
tax_exempt = exempt none reverse
validate
""",
    "POST /v1/customers/{}/cards": """
expand
metadata
source
validate
""",
    "POST /v1/customers/{}/sources": """
expand
metadata
source
validate
""",
    "POST /v1/customers/{}/sources/{}": f"""
account_holder_name
account_holder_type = company individual
address_city
address_country
address_line1
address_line2
address_state
address_zip
exp_month
exp_year
expand
metadata
name
{_OWNER}
""",
    "POST /v1/customers/{}/tax_ids": """
expand
type = ad_nrt ae_trn al_tin am_tin ao_tin ar_cuit au_abn au_acn au_arn au_wpn aw_tin az_tin ba_tin bb_tin
type = bd_bin bf_ifu bg_uic bh_vat bj_ifu bo_tin br_cnpj br_cpf bs_tin bw_vat by_tin ca_bn ca_gst_hst
type = ca_pst_bc ca_pst_mb ca_pst_sk ca_qst cd_nif ch_uid ch_vat ci_vat cl_tin cm_niu cn_tin co_nit cr_tin
type = cv_nif cz_dic de_stn do_rcn ec_ruc eg_tin es_cif et_tin eu_oss_vat eu_vat fo_vat fr_siren fr_siret
type = fr_spi gb_vat ge_vat gh_tin gi_tin gn_nif hk_br hr_oib hu_tin ic_nif id_npwp il_vat in_gst is_kt is_vat
type = it_cf jp_cn jp_rn jp_trn ke_pin kg_tin kh_tin kr_brn kz_bin la_tin li_uid li_vat lk_vat ma_vat md_cf
type = md_vat me_pib mk_vat mr_nif mu_vat mx_rfc my_frp my_itn my_sst mz_nuit ng_tin no_vat no_voec np_pan
type = nz_bn nz_gst om_vat pe_ruc ph_tin pl_nip pt_nif py_ruc ro_tin rs_pib ru_inn ru_kpp sa_vat sg_gst sg_uen
type = si_tin sm_coe sn_ninea sr_fin sv_nit th_vat tj_tin tr_tin tt_bir tt_vat tw_vat tz_vat ua_vat ug_tin
type = us_ein uy_ruc uz_tin uz_vat ve_rif vn_tin za_vat zm_tin zw_tin
value
""",
    "POST /v1/disputes/{}": """
evidence
 access_activity_log
 appeal
  card
   reason_for_filing
   supporting_files
 billing_address
 cancellation_policy
 cancellation_policy_disclosure
 cancellation_rebuttal
 customer_communication
 customer_email_address
 customer_name
 customer_purchase_ip
 customer_signature
 duplicate_charge_documentation
 duplicate_charge_explanation
 duplicate_charge_id
 enhanced_evidence
  mastercard_compliance
   fee_acknowledged
  visa_compelling_evidence_3
   disputed_transaction
    customer_account_id
    customer_device_fingerprint
    customer_device_id
    customer_email_address
    customer_purchase_ip
    merchandise_or_services = merchandise services
    product_description
    shipping_address
     city
     country
     line1
     line2
     postal_code
     state
   prior_undisputed_transactions
    charge
    customer_account_id
    customer_device_fingerprint
    customer_device_id
    customer_email_address
    customer_purchase_ip
    product_description
    shipping_address
     city
     country
     line1
     line2
     postal_code
     state
  visa_compliance
   fee_acknowledged
 product_description
 receipt
 refund_policy
 refund_policy_disclosure
 refund_refusal_explanation
 service_date
 service_documentation
 shipping_address
 shipping_carrier
 shipping_date
 shipping_documentation
 shipping_tracking_number
 uncategorized_file
 uncategorized_text
expand
intended_submission_method = manual prefer_manual prefer_smart_disputes smart_disputes
metadata
submit
""",
    "POST /v1/disputes/{}/close": """
expand
""",
    "POST /v1/ephemeral_keys": """
customer
expand
issuing_card
nonce
verification_session
""",
    "POST /v1/payment_intents": f"""
{_ALLOWED_PAYMENT_METHOD_TYPES}
amount
{_AMOUNT_DETAILS}
application_fee_amount
{_AUTOMATIC_PAYMENT_METHODS}
capture_method = automatic automatic_async manual
confirm
confirmation_method = automatic manual
confirmation_token
currency
customer
customer_account
description
error_on_requires_action
{_EXCLUDED_PAYMENT_METHOD_TYPES}
expand
{_HOOKS}
mandate
{_MANDATE_DATA}
metadata
off_session = one_off recurring
on_behalf_of
{_PAYMENT_DETAILS}
payment_method
payment_method_configuration
{_PAYMENT_METHOD_DATA}
{_PAYMENT_METHOD_OPTIONS_2}
{_RADAR_OPTIONS}
receipt_email
return_url
setup_future_usage = off_session on_session
shared_payment_granted_token
{_SHIPPING}
statement_descriptor
statement_descriptor_suffix
transfer_data
 amount
 description
 destination
 metadata
 payment_data
  description
  metadata
transfer_group
use_stripe_sdk
""",
    "POST /v1/payment_intents/{}": f"""
{_ALLOWED_PAYMENT_METHOD_TYPES}
amount
{_AMOUNT_DETAILS}
application_fee_amount
capture_method = automatic automatic_async manual
currency
customer
customer_account
description
{_EXCLUDED_PAYMENT_METHOD_TYPES}
expand
{_HOOKS}
metadata
{_PAYMENT_DETAILS}
payment_method
payment_method_configuration
{_PAYMENT_METHOD_DATA}
{_PAYMENT_METHOD_OPTIONS_2}
receipt_email
setup_future_usage = off_session on_session
{_SHIPPING}
statement_descriptor
statement_descriptor_suffix
transfer_data
 amount
 description
 metadata
 payment_data
  description
  metadata
transfer_group
""",
    "POST /v1/payment_intents/{}/cancel": """
cancellation_reason = abandoned duplicate fraudulent requested_by_customer
expand
""",
    "POST /v1/payment_intents/{}/capture": f"""
{_AMOUNT_DETAILS}
amount_to_capture
application_fee_amount
expand
final_capture
{_HOOKS}
metadata
{_PAYMENT_DETAILS}
statement_descriptor
statement_descriptor_suffix
transfer_data
 amount
""",
    "POST /v1/payment_intents/{}/confirm": f"""
{_ALLOWED_PAYMENT_METHOD_TYPES}
{_AMOUNT_DETAILS}
amount_to_confirm
capture_method = automatic automatic_async manual
confirmation_token
error_on_requires_action
{_EXCLUDED_PAYMENT_METHOD_TYPES}
expand
{_HOOKS}
mandate
{_MANDATE_DATA}
off_session = one_off recurring
{_PAYMENT_DETAILS}
payment_method
{_PAYMENT_METHOD_DATA}
{_PAYMENT_METHOD_OPTIONS_2}
{_RADAR_OPTIONS}
receipt_email
return_url
setup_future_usage = off_session on_session
shared_payment_granted_token
{_SHIPPING}
use_stripe_sdk
""",
    "POST /v1/payment_intents/{}/increment_authorization": f"""
amount
{_AMOUNT_DETAILS}
application_fee_amount
description
expand
{_HOOKS}
metadata
{_PAYMENT_DETAILS}
statement_descriptor
transfer_data
 amount
""",
    "POST /v1/payment_method_domains": """
domain_name
enabled
expand
""",
    "POST /v1/payment_method_domains/{}": """
enabled
expand
""",
    "POST /v1/payment_method_domains/{}/validate": """
expand
""",
    "POST /v1/payment_methods": f"""
acss_debit
 account_number
 institution_number
 transit_number
affirm
afterpay_clearpay
alipay
allow_redisplay = always limited unspecified
alma
amazon_pay
au_becs_debit
 account_number
 bsb_number
bacs_debit
 account_number
 sort_code
bancontact
billie
{_BILLING_DETAILS}
bizum
blik
boleto
 tax_id
card
 cvc
 exp_month
 exp_year
 networks
  preferred = cartes_bancaires mastercard visa
 number
 token
cashapp
crypto
custom
 type
customer
customer_balance
eps
 bank = arzte_und_apotheker_bank austrian_anadi_bank_ag bank_austria bankhaus_carl_spangler
 bank = bankhaus_schelhammer_und_schattera_ag bawag_psk_ag bks_bank_ag brull_kallmus_bank_ag
 bank = btv_vier_lander_bank capital_bank_grawe_gruppe_ag deutsche_bank_ag dolomitenbank easybank_ag
 bank = erste_bank_und_sparkassen hypo_alpeadriabank_international_ag hypo_bank_burgenland_aktiengesellschaft
 bank = hypo_noe_lb_fur_niederosterreich_u_wien hypo_oberosterreich_salzburg_steiermark hypo_tirol_bank_ag
 bank = hypo_vorarlberg_bank_ag marchfelder_bank oberbank_ag raiffeisen_bankengruppe_osterreich
 bank = schoellerbank_ag sparda_bank_wien volksbank_gruppe volkskreditbank_ag vr_bank_braunau
expand
fpx
 account_holder_type = company individual
 bank = affin_bank agrobank alliance_bank ambank bank_islam bank_muamalat bank_of_china bank_rakyat
 bank = bnp_paribas bsn cimb citibank deutsche_bank hong_leong_bank hsbc kfh maybank2e maybank2u mbsb_bank
 bank = ocbc pb_enterprise public_bank rhb standard_chartered uob
giropay
grabpay
ideal
 bank = abn_amro adyen asn_bank bunq buut finom handelsbanken ing knab mollie moneyou n26 nn rabobank
 bank = regiobank revolut sns_bank triodos_bank van_lanschot yoursafe
interac_present
kakao_pay
klarna
 dob
  day
  month
  year
konbini
kr_card
link
mb_way
metadata
mobilepay
multibanco
naver_pay
 funding = card points
nz_bank_account
 account_holder_name
 account_number
 bank_code
 branch_code
 reference
 suffix
oxxo
p24
 bank = alior_bank bank_millennium bank_nowy_bfg_sa bank_pekao_sa banki_spbdzielcze blik bnp_paribas boz
 bank = citi_handlowy credit_agricole envelobank etransfer_pocztowy24 getin_bank ideabank ing inteligo
 bank = mbank_mtransfer nest_przelew noble_pay pbac_z_ipko plus_bank santander_przelew24
 bank = tmobile_usbugi_bankowe toyota_bank velobank volkswagen_bank
pay_by_bank
payco
payment_method
paynow
paypal
paypay
payto
 account_number
 bsb_number
 pay_id
pix
promptpay
radar_options
 session
revolut_pay
samsung_pay
satispay
scalapay
sepa_debit
 iban
sequra
sofort
 country = AT BE DE ES IT NL
sunbit
swish
twint
{_TYPE}
upi
 mandate_options
  amount
  amount_type = fixed maximum
  description
  end_date
us_bank_account
 account_holder_type = company individual
 account_number
 account_type = checking savings
 financial_connections_account
 routing_number
wechat_pay
zip
""",
    "POST /v1/payment_methods/{}": f"""
allow_redisplay = always limited unspecified
{_BILLING_DETAILS}
card
 exp_month
 exp_year
 networks
  preferred = cartes_bancaires mastercard visa
expand
metadata
us_bank_account
 account_holder_type = company individual
 account_type = checking savings
""",
    "POST /v1/payment_methods/{}/attach": """
customer
customer_account
expand
""",
    "POST /v1/payment_methods/{}/detach": """
expand
""",
    "POST /v1/payouts": """
amount
currency
description
destination
expand
metadata
method = instant standard
payout_method
source_type = bank_account card fpx
statement_descriptor
""",
    "POST /v1/payouts/{}": """
expand
metadata
""",
    "POST /v1/payouts/{}/cancel": """
expand
""",
    "POST /v1/prices": f"""
active
billing_scheme = per_unit tiered
currency
{_CURRENCY_OPTIONS}
custom_unit_amount
 enabled
 maximum
 minimum
 preset
expand
lookup_key
metadata
nickname
product
product_data
 active
 id
 metadata
 name
 statement_descriptor
 tax_code
 tax_details
  performance_location
  tax_code
 unit_label
recurring
 interval = day month week year
 interval_count
 meter
 trial_period_days
 usage_type = licensed metered
tax_behavior = exclusive inclusive unspecified
tiers
 flat_amount
 flat_amount_decimal
 unit_amount
 unit_amount_decimal
 up_to = inf
tiers_mode = graduated volume
transfer_lookup_key
transform_quantity
 divide_by
 round = down up
unit_amount
unit_amount_decimal
""",
    "POST /v1/prices/{}": f"""
active
{_CURRENCY_OPTIONS}
expand
lookup_key
metadata
nickname
tax_behavior = exclusive inclusive unspecified
transfer_lookup_key
""",
    "POST /v1/products": f"""
active
default_price_data
 currency
 currency_options
  custom_unit_amount
   enabled
   maximum
   minimum
   preset
  tax_behavior = exclusive inclusive unspecified
  tiers
   flat_amount
   flat_amount_decimal
   unit_amount
   unit_amount_decimal
   up_to = inf
  unit_amount
  unit_amount_decimal
 custom_unit_amount
  enabled
  maximum
  minimum
  preset
 metadata
 recurring
  interval = day month week year
  interval_count
 tax_behavior = exclusive inclusive unspecified
 unit_amount
 unit_amount_decimal
description
expand
id
images
marketing_features
 name
metadata
name
{_PACKAGE_DIMENSIONS}
shippable
statement_descriptor
tax_code
{_TAX_DETAILS}
type = good service
unit_label
url
""",
    "POST /v1/products/{}": f"""
active
default_price
description
expand
images
marketing_features
 name
metadata
name
{_PACKAGE_DIMENSIONS}
shippable
statement_descriptor
tax_code
{_TAX_DETAILS}
unit_label
url
""",
    "POST /v1/promotion_codes": """
active
code
customer
customer_account
expand
expires_at
max_redemptions
metadata
promotion
 coupon
 type = coupon
restrictions
 currency_options
  minimum_amount
 first_time_transaction
 minimum_amount
 minimum_amount_currency
""",
    "POST /v1/promotion_codes/{}": """
active
expand
metadata
restrictions
 currency_options
  minimum_amount
""",
    "POST /v1/refunds": """
amount
charge
currency
customer
expand
instructions_email
metadata
origin = customer_balance
payment_intent
reason = duplicate fraudulent requested_by_customer
refund_application_fee
reverse_transfer
""",
    "POST /v1/refunds/{}": """
expand
metadata
""",
    "POST /v1/refunds/{}/cancel": """
expand
""",
    "POST /v1/setup_intents": f"""
{_ALLOWED_PAYMENT_METHOD_TYPES}
attach_to_self
{_AUTOMATIC_PAYMENT_METHODS}
confirm
confirmation_token
customer
customer_account
description
{_EXCLUDED_PAYMENT_METHOD_TYPES}
expand
flow_directions = inbound outbound
{_MANDATE_DATA}
metadata
on_behalf_of
payment_method
payment_method_configuration
{_PAYMENT_METHOD_DATA}
{_PAYMENT_METHOD_OPTIONS}
return_url
single_use
 amount
 currency
usage = off_session on_session
use_stripe_sdk
""",
    "POST /v1/setup_intents/{}": f"""
{_ALLOWED_PAYMENT_METHOD_TYPES}
attach_to_self
customer
customer_account
description
{_EXCLUDED_PAYMENT_METHOD_TYPES}
expand
flow_directions = inbound outbound
metadata
payment_method
payment_method_configuration
{_PAYMENT_METHOD_DATA}
{_PAYMENT_METHOD_OPTIONS}
""",
    "POST /v1/setup_intents/{}/cancel": """
cancellation_reason = abandoned duplicate requested_by_customer
expand
""",
    "POST /v1/setup_intents/{}/confirm": f"""
{_ALLOWED_PAYMENT_METHOD_TYPES}
confirmation_token
expand
{_MANDATE_DATA}
payment_method
{_PAYMENT_METHOD_DATA}
{_PAYMENT_METHOD_OPTIONS}
return_url
use_stripe_sdk
""",
    "POST /v1/shipping_rates": """
delivery_estimate
 maximum
  unit = business_day day hour month week
  value
 minimum
  unit = business_day day hour month week
  value
display_name
expand
fixed_amount
 amount
 currency
 currency_options
  amount
  tax_behavior = exclusive inclusive unspecified
metadata
tax_behavior = exclusive inclusive unspecified
tax_code
type = fixed_amount
""",
    "POST /v1/shipping_rates/{}": """
active
expand
fixed_amount
 currency_options
  amount
  tax_behavior = exclusive inclusive unspecified
metadata
tax_behavior = exclusive inclusive unspecified
""",
    "POST /v1/sources": f"""
amount
card
 cvc
 exp_month
 exp_year
 number
currency
customer
expand
flow = code_verification none receiver redirect
{_MANDATE}
metadata
original_source
{_OWNER}
receiver
 refund_attributes_method = email manual none
redirect
 return_url
{_SOURCE_ORDER}
statement_descriptor
token
type
usage = reusable single_use
""",
    "POST /v1/sources/{}": f"""
amount
expand
{_MANDATE}
metadata
{_OWNER}
{_SOURCE_ORDER}
""",
    "POST /v1/test_helpers/confirmation_tokens": f"""
expand
payment_method
{_PAYMENT_METHOD_DATA}
{_PAYMENT_METHOD_OPTIONS_3}
return_url
setup_future_usage = off_session on_session
{_SHIPPING_2}
""",
    "POST /v1/test_helpers/refunds/{}/expire": """
expand
""",
    "POST /v1/test_helpers/shared_payment/granted_tokens": """
customer
expand
payment_method
shared_metadata
usage_limits
 currency
 expires_at
 max_amount
 recurring_interval = month week year
""",
    "POST /v1/test_helpers/shared_payment/granted_tokens/{}/revoke": """
expand
""",
    "POST /v1/tokens": """
account
 business_type = company government_entity individual non_profit
 company
  address
   city
   country
   line1
   line2
   postal_code
   state
  address_kana
   city
   country
   line1
   line2
   postal_code
   state
   town
  address_kanji
   city
   country
   line1
   line2
   postal_code
   state
   town
  administrative_address
   city
   country
   line1
   line2
   postal_code
   state
  directors_provided
  directorship_declaration
   date
   ip
   user_agent
  executives_provided
  export_license_id
  export_purpose_code
  name
  name_kana
  name_kanji
  owners_provided
  ownership_declaration
   date
   ip
   user_agent
  ownership_declaration_shown_and_signed
  ownership_exemption_reason = qualified_entity_exceeds_ownership_threshold qualifies_as_financial_institution
  phone
  physical_address
   city
   country
   line1
   line2
   postal_code
   state
  principal_place_of_business
   city
   country
   line1
   line2
   postal_code
   state
  registration_date
   day
   month
   year
  registration_number
  representative_declaration
   date
   ip
   user_agent
  structure = free_zone_establishment free_zone_llc government_instrumentality governmental_unit
  structure = incorporated_non_profit incorporated_partnership limited_liability_partnership llc
  structure = multi_member_llc private_company private_corporation private_partnership public_company
  structure = public_corporation public_partnership registered_charity single_member_llc sole_establishment
  structure = sole_proprietorship tax_exempt_government_instrumentality unincorporated_association
  structure = unincorporated_non_profit unincorporated_partnership
  tax_id
  tax_id_registrar
  vat_id
  verification
   document
    back
    front
 individual
  address
   city
   country
   line1
   line2
   postal_code
   state
  address_kana
   city
   country
   line1
   line2
   postal_code
   state
   town
  address_kanji
   city
   country
   line1
   line2
   postal_code
   state
   town
  dob
   day
   month
   year
  email
  first_name
  first_name_kana
  first_name_kanji
  full_name_aliases
  gender
  id_number
  id_number_secondary
  last_name
  last_name_kana
  last_name_kanji
  maiden_name
  metadata
  phone
  political_exposure = existing none
  registered_address
   city
   country
   line1
   line2
   postal_code
   state
  relationship
   director
   executive
   owner
   percent_ownership
   title
  ssn_last_4
  verification
   additional_document
    back
    front
   document
    back
    front
 tos_shown_and_accepted
bank_account
 account_holder_name
 account_holder_type = company individual
 account_number
 account_type = checking futsu savings toza
 country
 currency
 payment_method
 routing_number
card
 address_city
 address_country
 address_line1
 address_line2
 address_state
 address_zip
 currency
 cvc
 exp_month
 exp_year
 name
 networks
  preferred = cartes_bancaires mastercard visa
 number
customer
cvc_update
 cvc
expand
person
 additional_tos_acceptances
  account
   date
   ip
   user_agent
 address
  city
  country
  line1
  line2
  postal_code
  state
 address_kana
  city
  country
  line1
  line2
  postal_code
  state
  town
 address_kanji
  city
  country
  line1
  line2
  postal_code
  state
  town
 dob
  day
  month
  year
 documents
  company_authorization
   files
  passport
   files
  visa
   files
 email
 first_name
 first_name_kana
 first_name_kanji
 full_name_aliases
 gender
 id_number
 id_number_secondary
 last_name
 last_name_kana
 last_name_kanji
 maiden_name
 metadata
 nationality
 phone
 political_exposure = existing none
 registered_address
  city
  country
  line1
  line2
  postal_code
  state
 relationship
  authorizer
  director
  executive
  legal_guardian
  owner
  percent_ownership
  representative
  title
 ssn_last_4
 us_cfpb_data
  ethnicity_details
   ethnicity = cuban hispanic_or_latino mexican not_hispanic_or_latino other_hispanic_or_latino
   ethnicity = prefer_not_to_answer puerto_rican
   ethnicity_other
  race_details
   race = african_american american_indian_or_alaska_native asian asian_indian black_or_african_american
   race = chinese ethiopian filipino guamanian_or_chamorro haitian jamaican japanese korean native_hawaiian
   race = native_hawaiian_or_other_pacific_islander nigerian other_asian other_black_or_african_american
   race = other_pacific_islander prefer_not_to_answer samoan somali vietnamese white
   race_other
  self_identified_gender
 verification
  additional_document
   back
   front
  document
   back
   front
pii
 id_number
""",
    "POST /v1/transfers": """
amount
currency
description
destination
expand
metadata
source_transaction
source_type = bank_account card fpx
transfer_group
""",
    "POST /v1/transfers/{}": """
description
expand
metadata
""",
    "POST /v1/transfers/{}/reversals": """
amount
description
expand
metadata
refund_application_fee
""",
    "POST /v1/transfers/{}/reversals/{}": """
expand
metadata
""",
    "POST /v1/webhook_endpoints": f"""
api_version = 2011-01-01 2011-06-21 2011-06-28 2011-08-01 2011-09-15 2011-11-17 2012-02-23 2012-03-25
api_version = 2012-06-18 2012-06-28 2012-07-09 2012-09-24 2012-10-26 2012-11-07 2013-02-11 2013-02-13
api_version = 2013-07-05 2013-08-12 2013-08-13 2013-10-29 2013-12-03 2014-01-31 2014-03-13 2014-03-28
api_version = 2014-05-19 2014-06-13 2014-06-17 2014-07-22 2014-07-26 2014-08-04 2014-08-20 2014-09-08
api_version = 2014-10-07 2014-11-05 2014-11-20 2014-12-08 2014-12-17 2014-12-22 2015-01-11 2015-01-26
api_version = 2015-02-10 2015-02-16 2015-02-18 2015-03-24 2015-04-07 2015-06-15 2015-07-07 2015-07-13
api_version = 2015-07-28 2015-08-07 2015-08-19 2015-09-03 2015-09-08 2015-09-23 2015-10-01 2015-10-12
api_version = 2015-10-16 2016-02-03 2016-02-19 2016-02-22 2016-02-23 2016-02-29 2016-03-07 2016-06-15
api_version = 2016-07-06 2016-10-19 2017-01-27 2017-02-14 2017-04-06 2017-05-25 2017-06-05 2017-08-15
api_version = 2017-12-14 2018-01-23 2018-02-05 2018-02-06 2018-02-28 2018-05-21 2018-07-27 2018-08-23
api_version = 2018-09-06 2018-09-24 2018-10-31 2018-11-08 2019-02-11 2019-02-19 2019-03-14 2019-05-16
api_version = 2019-08-14 2019-09-09 2019-10-08 2019-10-17 2019-11-05 2019-12-03 2020-03-02 2020-08-27
api_version = 2022-08-01 2022-11-15 2023-08-16 2023-10-16 2024-04-10 2024-06-20 2024-09-30.acacia
api_version = 2024-10-28.acacia 2024-11-20.acacia 2024-12-18.acacia 2025-01-27.acacia 2025-02-24.acacia
api_version = 2025-03-01.dashboard 2025-03-31.basil 2025-04-30.basil 2025-05-28.basil 2025-06-30.basil
api_version = 2025-07-30.basil 2025-08-27.basil 2025-09-30.clover 2025-10-29.clover 2025-11-17.clover
api_version = 2025-12-15.clover 2026-01-28.clover 2026-02-25.clover 2026-03-25.dahlia 2026-04-22.dahlia
api_version = 2026-05-27.dahlia 2026-06-24.dahlia 2026-07-29.dahlia 2026-08-26.dahlia 2026-09-30.endive
api_version = 2026-10-28.endive
connect
description
{_ENABLED_EVENTS}
expand
metadata
url
""",
    "POST /v1/webhook_endpoints/{}": f"""
description
disabled
{_ENABLED_EVENTS}
expand
metadata
url
""",
}
"""By operation: a line for each parameter, indented below the one that has it, with its values."""
