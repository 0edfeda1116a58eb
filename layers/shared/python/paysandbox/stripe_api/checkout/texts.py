"""The texts of a session's page in six languages. Other languages get English.

`auto` is the first of them that the browser prefers (RFC 9110, section 12.5.4, without regard to weights below it).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_LANGUAGE: Final = re.compile(r"\s*([A-Za-z]{2})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")

ENGLISH: Final[Mapping[str, str]] = {
    "address": "Address",
    "address2": "Address, second line",
    "agree": "I agree to the terms of service",
    "apply": "Apply",
    "back": "Back to the shop",
    "business": "Business name",
    "canceled": "This page has expired. Go back to the shop to start again.",
    "card": "Card",
    "city": "City",
    "code": "Promotion code",
    "continue": "Continue",
    "country": "Country",
    "cvc": "Security code",
    "discount": "Discount",
    "email": "E-mail",
    "expiry": "Expiration (MM / YY)",
    "invalid": "Check this entry.",
    "item": "Item",
    "link": "Save my information with Link (not simulated: nothing is saved)",
    "name": "Name on card",
    "nothing": "Nothing is due.",
    "number": "Card number",
    "optional": "optional",
    "pay": "Pay",
    "phone": "Phone",
    "postal": "Postal code",
    "quantity": "Quantity",
    "required": "This is required.",
    "sandbox": "This is a sandbox. No money moves, and only test cards are accepted.",
    "save": "Save card",
    "shipping": "Shipping",
    "shipping_address": "Shipping address",
    "state": "State or region",
    "subtotal": "Subtotal",
    "test_cards": "Test cards",
    "thanks": "Thank you. The payment is complete.",
    "total": "Total",
    "update": "Update",
    "your_details": "Your details",
    "subscribe": "Subscribe",
    "start_trial": "Start trial",
    "free": "{} days free",
    "subscribed": "Thank you. Your subscription has begun.",
    "day": "day",
    "week": "week",
    "month": "month",
    "year": "year",
    "days": "{} days",
    "weeks": "{} weeks",
    "months": "{} months",
    "years": "{} years",
}

_OTHERS: Final[Mapping[str, Sequence[str]]] = {
    "de": (
        "Adresse", "Adresszusatz", "Ich stimme den Nutzungsbedingungen zu", "Anwenden", "Zurück zum Shop",
        "Firmenname", "Diese Seite ist abgelaufen. Beginnen Sie im Shop von vorn.", "Karte", "Ort", "Aktionscode",
        "Weiter", "Land", "Prüfziffer", "Rabatt", "E-Mail", "Gültig bis (MM / JJ)",
        "Prüfen Sie diese Angabe.", "Artikel",
        "Meine Angaben mit Link speichern (nicht simuliert: nichts wird gespeichert)",
        "Name auf der Karte", "Es ist nichts zu zahlen.", "Kartennummer",
        "optional", "Bezahlen", "Telefon", "Postleitzahl", "Menge", "Diese Angabe fehlt.",
        "Dies ist eine Testumgebung. Es fließt kein Geld, und nur Testkarten werden angenommen.", "Karte speichern",
        "Versand", "Lieferadresse", "Bundesland oder Region", "Zwischensumme", "Testkarten",
        "Vielen Dank. Die Zahlung ist abgeschlossen.", "Gesamtbetrag", "Aktualisieren", "Ihre Angaben",
        "Abonnieren", "Testphase beginnen", "{} Tage kostenlos", "Vielen Dank. Ihr Abonnement hat begonnen.",
        "Tag", "Woche", "Monat", "Jahr", "{} Tage", "{} Wochen", "{} Monate", "{} Jahre",
    ),
    "es": (
        "Dirección", "Dirección, segunda línea", "Acepto las condiciones del servicio", "Aplicar",
        "Volver a la tienda", "Nombre de la empresa",
        "Esta página ha caducado. Vuelva a la tienda para empezar de nuevo.",
        "Tarjeta", "Ciudad", "Código promocional", "Continuar", "País", "Código de seguridad",
        "Descuento", "Correo electrónico", "Caducidad (MM / AA)", "Revise este dato.", "Artículo",
        "Guardar mis datos con Link (no se simula: no se guarda nada)",
        "Nombre en la tarjeta", "No hay nada que pagar.", "Número de tarjeta", "opcional", "Pagar", "Teléfono",
        "Código postal", "Cantidad", "Este dato es obligatorio.",
        "Este es un entorno de pruebas. No se mueve dinero y solo se aceptan tarjetas de prueba.", "Guardar tarjeta",
        "Envío", "Dirección de envío", "Provincia o región", "Subtotal", "Tarjetas de prueba",
        "Gracias. El pago se ha completado.", "Total", "Actualizar", "Sus datos",
        "Suscribirse", "Comenzar la prueba", "{} días gratis", "Gracias. Su suscripción ha comenzado.",
        "día", "semana", "mes", "año", "{} días", "{} semanas", "{} meses", "{} años",
    ),
    "fr": (
        "Adresse", "Complément d'adresse", "J'accepte les conditions d'utilisation", "Appliquer",
        "Retour à la boutique", "Nom de l'entreprise",
        "Cette page a expiré. Retournez à la boutique pour recommencer.",
        "Carte", "Ville", "Code promotionnel", "Continuer", "Pays",
        "Code de sécurité", "Remise", "E-mail", "Expiration (MM / AA)", "Vérifiez cette information.", "Article",
        "Enregistrer mes informations avec Link (non simulé : rien n'est enregistré)",
        "Nom sur la carte", "Il n'y a rien à payer.", "Numéro de carte", "facultatif", "Payer", "Téléphone",
        "Code postal", "Quantité", "Cette information est obligatoire.",
        "Ceci est un environnement de test. Aucun argent ne circule et seules les cartes de test sont acceptées.",
        "Enregistrer la carte", "Livraison", "Adresse de livraison", "Département ou région", "Sous-total",
        "Cartes de test", "Merci. Le paiement est terminé.", "Total", "Mettre à jour", "Vos informations",
        "S'abonner", "Commencer l'essai", "{} jours gratuits", "Merci. Votre abonnement a commencé.",
        "jour", "semaine", "mois", "an", "{} jours", "{} semaines", "{} mois", "{} ans",
    ),
    "it": (
        "Indirizzo", "Indirizzo, seconda riga", "Accetto i termini di servizio", "Applica", "Torna al negozio",
        "Nome dell'azienda", "Questa pagina è scaduta. Torna al negozio per ricominciare.", "Carta", "Città",
        "Codice promozionale", "Continua", "Paese", "Codice di sicurezza", "Sconto", "E-mail",
        "Scadenza (MM / AA)", "Controlla questo dato.", "Articolo",
        "Salva i miei dati con Link (non simulato: non viene salvato nulla)",
        "Nome sulla carta", "Non c'è nulla da pagare.",
        "Numero della carta", "facoltativo", "Paga", "Telefono", "CAP", "Quantità", "Questo dato è obbligatorio.",
        "Questo è un ambiente di prova. Non si muove denaro e si accettano solo carte di prova.", "Salva la carta",
        "Spedizione", "Indirizzo di spedizione", "Provincia o regione", "Subtotale", "Carte di prova",
        "Grazie. Il pagamento è completato.", "Totale", "Aggiorna", "I tuoi dati",
        "Abbonati", "Inizia la prova", "{} giorni gratis", "Grazie. Il tuo abbonamento è iniziato.",
        "giorno", "settimana", "mese", "anno", "{} giorni", "{} settimane", "{} mesi", "{} anni",
    ),
    "ja": (
        "住所", "建物名など", "利用規約に同意します", "適用", "ショップに戻る", "会社名",
        "このページの有効期限が切れました。ショップに戻ってやり直してください。", "カード", "市区町村",
        "プロモーションコード", "続ける", "国", "セキュリティコード", "割引", "メールアドレス",
        "有効期限 (月 / 年)", "この項目を確認してください。", "商品",
        "Link で情報を保存する (シミュレートされず、何も保存されません)", "カード名義", "お支払いはありません。",
        "カード番号", "任意", "支払う", "電話番号", "郵便番号", "数量", "この項目は必須です。",
        "これはテスト環境です。お金は動かず、テストカードのみ使えます。", "カードを保存", "配送", "配送先住所",
        "都道府県", "小計", "テストカード", "ありがとうございます。お支払いが完了しました。", "合計", "更新",
        "お客様の情報",
        "申し込む", "トライアルを開始", "{} 日間無料", "ありがとうございます。サブスクリプションが開始しました。",
        "日", "週", "月", "年", "{} 日", "{} 週", "{} か月", "{} 年",
    ),
}  # fmt: skip
"""In the order of `ENGLISH`."""

LANGUAGES: Final = ("en", *_OTHERS)


def texts_in(language: str) -> Mapping[str, str]:
    """Return the texts of a language (`de`), or the English ones."""
    others = _OTHERS.get(language)
    return dict(zip(ENGLISH, others, strict=True)) if others else ENGLISH


def language_of(locale: str | None, accepted: Sequence[str]) -> str:
    """Return the language of a page: the session's `locale`, or the first that the browser accepts."""
    if locale not in (None, "auto"):
        wanted = [str(locale)[:2]]
    else:
        parts = [_LANGUAGE.fullmatch(part) for value in accepted for part in value.split(",")]
        weighed = [(-float(part[2] or 1), place, part[1].lower()) for place, part in enumerate(parts) if part]
        wanted = [language for _, _, language in sorted(weighed)]
    return next((language for language in wanted if language in LANGUAGES), "en")
